package hasher

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	sdktypes "github.com/pokt-network/shannon-sdk/types"
	"google.golang.org/protobuf/proto"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/pocket/difficulty"
	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/pocket/ring"
	"github.com/lodeworks/lode/services/pocket/session"
)

const (
	relayBytes  = 1200 // of a leaf's value
	endHeight   = 20
	openHeight  = 24
	closeHeight = 28
	height      = 15 // where the chain stands: nothing is sealed
	unitsPer    = 2000
	nonceBytes  = 8
	serviceName = "llama"
)

// tree is one session of one supplier, with one relay of it that is really signed. The relays that are published differ
// from it in a few bytes of the supplier's signature, which no hasher looks at.
type tree struct {
	terms *relayv1.Terms
	value []byte // the leaf's
	nonce int    // where the bytes that differ are
}

// newTrees signs one relay for each session and supplier.
func newTrees(cfg Config) ([]tree, error) {
	cache, err := ring.NewCache(1024, 64)
	if err != nil {
		return nil, err
	}
	gateway, err := key("gateway")
	if err != nil {
		return nil, err
	}
	trees := make([]tree, 0, cfg.Sessions*cfg.Suppliers)
	for s := range cfg.Sessions {
		app, err := key("application ", s)
		if err != nil {
			return nil, err
		}
		signer, err := ring.NewSigner(cache, gateway.Secret(), []ring.PublicKey{app.Public(), gateway.Public()})
		if err != nil {
			return nil, err
		}
		header := headerOf(app.Address())
		for n := range cfg.Suppliers {
			supplier, err := key("supplier ", n)
			if err != nil {
				return nil, err
			}
			t, err := newTree(header, signer, supplier)
			if err != nil {
				return nil, err
			}
			trees = append(trees, t)
		}
	}
	return trees, nil
}

// targetOf lets a share of all relays pass.
func targetOf(mined float64) difficulty.Target {
	target := difficulty.Base
	if mined < 1 {
		binary.BigEndian.PutUint64(target[:], uint64(mined*(1<<64)))
	}
	return target
}

// withTarget are the same trees, of another difficulty.
func withTarget(trees []tree, target difficulty.Target) []tree {
	out := slices.Clone(trees)
	for i := range out {
		out[i].terms = proto.CloneOf(out[i].terms)
		out[i].terms.TargetHash = target[:]
	}
	return out
}

// key is the same one for the same name.
func key(name ...any) (keys.Private, error) {
	return keys.NewPrivate(sha256.Sum256([]byte("lode bench hasher " + fmt.Sprint(name...))))
}

func headerOf(app string) *sessiontypes.SessionHeader {
	hash := sha256.Sum256([]byte("block"))
	return &sessiontypes.SessionHeader{
		ApplicationAddress: app, ServiceId: serviceName, SessionId: session.ID(hash[:], serviceName, app, 11),
		SessionStartBlockHeight: 11, SessionEndBlockHeight: endHeight,
	}
}

func newTree(header *sessiontypes.SessionHeader, signer *ring.Signer, supplier keys.Private) (tree, error) {
	t := tree{terms: &relayv1.Terms{
		Supplier: supplier.Address(), Application: header.ApplicationAddress, Service: header.ServiceId, SessionId: header.SessionId,
		StartHeight: header.SessionStartBlockHeight, EndHeight: endHeight, GraceEndHeight: endHeight + 1, ClaimOpenHeight: openHeight, ClaimCloseHeight: closeHeight,
		ComputeUnitsPerRelay: unitsPer, TargetHash: difficulty.Base[:],
	}}
	for room := 0; ; { // asks with as many bytes of a prompt as make the leaf's size
		value, err := signed(header, signer, supplier, room)
		if err != nil {
			return t, err
		}
		if len(value) == relayBytes {
			t.value = value
			break
		}
		room += relayBytes - len(value)
	}
	res, err := relay.DecodeLeaf(t.value)
	if err != nil {
		return t, err
	}
	signature := bytes.Index(t.value, res.Res.Meta.SupplierOperatorSignature)
	t.nonce = signature + len(res.Res.Meta.SupplierOperatorSignature) - nonceBytes
	return t, nil
}

// signed is a relay with a prompt of some length, signed by gateway and supplier, as it is in the log.
func signed(header *sessiontypes.SessionHeader, signer *ring.Signer, supplier keys.Private, room int) ([]byte, error) {
	body := fmt.Sprintf(`{"model":"llama","messages":[{"role":"user","content":"%s"}]}`, prompt(max(0, room)))
	payload, err := relay.EncodeHTTPRequest(&sdktypes.POKTHTTPRequest{
		Method: "POST", Url: "http://supplier.example/v1/chat/completions", BodyBz: []byte(body),
		Header: map[string]*sdktypes.Header{"Content-Type": {Key: "Content-Type", Values: []string{"application/json"}}},
	})
	if err != nil {
		return nil, err
	}
	req := &servicetypes.RelayRequest{Payload: payload}
	req.Meta.SessionHeader, req.Meta.SupplierOperatorAddress = header, supplier.Address()
	hash, err := relay.RequestHash(req)
	if err != nil {
		return nil, err
	}
	if req.Meta.Signature, err = signer.Sign(hash, rand.Reader); err != nil {
		return nil, err
	}
	res, err := relay.NewResponse(header, []byte(`{"choices":[{"message":{"role":"assistant","content":"yes"}}]}`))
	if err != nil {
		return nil, err
	}
	if err := relay.SignResponse(res, supplier); err != nil {
		return nil, err
	}
	value, _, err := relay.Leaf(req, res)
	return value, err
}

// prompt is n bytes that do not repeat.
func prompt(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		sum := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
		b.WriteString(hex.EncodeToString(sum[:]))
	}
	return b.String()[:n]
}
