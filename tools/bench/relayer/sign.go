package relayer

import (
	"crypto/rand"
	"fmt"
	"runtime"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sdktypes "github.com/pokt-network/shannon-sdk/types"
	"golang.org/x/sync/errgroup"

	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/pocket/ring"
)

// signer makes relays that were never sent before, in turn for every application and supplier.
type signer struct {
	scene *scene
	rings []*ring.Signer // by application
	next  int            // number of the next relay
}

func newSigner(s *scene) (*signer, error) {
	cache, err := ring.NewCache(1024, 64)
	if err != nil {
		return nil, err
	}
	out := &signer{scene: s}
	for _, app := range s.apps {
		r, err := ring.NewSigner(cache, s.world.Gateway.Secret(), []ring.PublicKey{app.Public(), s.world.Gateway.Public()})
		if err != nil {
			return nil, err
		}
		out.rings = append(out.rings, r)
	}
	return out, nil
}

// requests signs n relays and wraps each as it is sent.
func (s *signer) requests(n int) ([][]byte, error) {
	first, out := s.next, make([][]byte, n)
	s.next += n
	var group errgroup.Group
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		group.Go(func() error {
			for i := w; i < n; i += workers {
				raw, err := s.relay(first+i, question)
				if err != nil {
					return err
				}
				out[i] = post("/", "application/x-protobuf", raw)
			}
			return nil
		})
	}
	return out, group.Wait()
}

// relay makes the i-th relay, encoded.
func (s *signer) relay(i int, body string) ([]byte, error) {
	payload, err := relay.EncodeHTTPRequest(envelope(fmt.Sprintf(body, i)))
	if err != nil {
		return nil, err
	}
	return s.sign(i, payload)
}

// sign makes the i-th relay of a payload, encoded.
func (s *signer) sign(i int, payload []byte) ([]byte, error) {
	app := i % len(s.rings)
	supplier := s.scene.world.Suppliers[i/len(s.rings)%len(s.scene.world.Suppliers)]
	req := &servicetypes.RelayRequest{Payload: payload}
	req.Meta.SessionHeader = s.scene.header(s.scene.apps[app].Address())
	req.Meta.SupplierOperatorAddress = supplier.Address()
	hash, err := relay.RequestHash(req)
	if err != nil {
		return nil, err
	}
	if req.Meta.Signature, err = s.rings[app].Sign(hash, rand.Reader); err != nil {
		return nil, err
	}
	return req.Marshal()
}

func envelope(body string) *sdktypes.POKTHTTPRequest { return factstest.HTTP(body) }
