package relayer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"reflect"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/pocket/ring"
)

// ledger is which relays were answered.
type ledger struct {
	suppliers map[string]ring.PublicKey
	answered  map[[32]byte]bool // by hash of the encoded request; true when it was found in the log
	bad       int               // responses whose signature, payload or session is not right
}

func newLedger(suppliers []keys.Private) *ledger {
	l := &ledger{suppliers: map[string]ring.PublicKey{}, answered: map[[32]byte]bool{}}
	for _, s := range suppliers {
		l.suppliers[s.Address()] = s.Public()
	}
	return l
}

// add enters the shots that were answered, and checks each answer.
func (l *ledger) add(shots []shot) {
	for i := range shots {
		if shots[i].status != http.StatusOK {
			continue
		}
		_, raw, _ := bytes.Cut(shots[i].request, []byte("\r\n\r\n"))
		l.enter(raw, shots[i].body)
	}
}

// enter enters a relay that was answered, and checks the answer.
func (l *ledger) enter(request, response []byte) {
	l.answered[sha256.Sum256(request)] = false
	if err := l.check(request, response); err != nil {
		l.bad++
	}
}

func (l *ledger) check(request, response []byte) error {
	req, err := relay.DecodeRequest(request)
	if err != nil {
		return err
	}
	res, err := relay.DecodeResponse(response)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(res.Meta.SessionHeader, req.Meta.SessionHeader) {
		return fmt.Errorf("the response is of another session")
	}
	if err := relay.CheckPayload(res); err != nil {
		return err
	}
	return relay.VerifyResponse(res, l.suppliers[req.Meta.SupplierOperatorAddress])
}

// lost reads the whole log, and returns how many answered relays are not in it, and how many relays are.
func (l *ledger) lost(ctx context.Context, b *bus.Bus) (lost, logged int, err error) {
	_, err = b.Replay(ctx, bus.StreamRelays, []string{bus.RelayServedFilter}, func(m bus.Msg) error {
		g := new(relayv1.ServedGroup)
		if err := proto.Unmarshal(m.Data, g); err != nil {
			return err
		}
		for _, served := range g.Relays {
			logged++
			if id, ok := requestIn(served.Relay); ok {
				if _, known := l.answered[id]; known {
					l.answered[id] = true
				}
			}
		}
		return nil
	})
	for _, found := range l.answered {
		if !found {
			lost++
		}
	}
	return lost, logged, err
}

// requestIn finds the request in a leaf: its first field.
func requestIn(leaf []byte) (id [32]byte, ok bool) {
	number, kind, n := protowire.ConsumeTag(leaf)
	if n < 0 || number != 1 || kind != protowire.BytesType {
		return id, false
	}
	raw, m := protowire.ConsumeBytes(leaf[n:])
	return sha256.Sum256(raw), m >= 0
}
