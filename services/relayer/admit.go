package relayer

import (
	"errors"
	"fmt"
	"net/http"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sdktypes "github.com/pokt-network/shannon-sdk/types"

	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/relayer/admission"
	"github.com/lodeworks/lode/services/relayer/upstream"
	"github.com/lodeworks/lode/services/signing"
)

// admitted is a request that passed the checks that need neither the chain nor a curve (relay.md §6, 1 to 8).
type admitted struct {
	request   *servicetypes.RelayRequest
	canonical relay.Canonical // the request's one encoding, mostly the received bytes
	http      *sdktypes.POKTHTTPRequest
	service   *upstream.Pool
	hash      [32]byte       // what the ring signed
	id        admission.ID   // of hash and signature
	key       signing.Signer // of the supplier that the request names
	gateway   string         // who the request says that it is of; not signed
	simulated bool           // it only tries the way out
}

// maxHeights bounds a session's length and its distance from the present height, in blocks. It only keeps absurd
// numbers away from the chain queries; the chain's own session decides.
const maxHeights = 100_000

// admit runs checks 2 to 8 in order. The request is returned with an error, too, as far as it could be decoded.
func (s *setup) admit(body []byte) (admitted, error) {
	a, err := s.understand(body)
	if err != nil {
		return a, err
	}
	header := a.request.Meta.SessionHeader
	return a, s.plausible(header.SessionStartBlockHeight, header.SessionEndBlockHeight)
}

// understand runs checks 2 to 7.
func (s *setup) understand(body []byte) (admitted, error) {
	return s.read(body, relay.DecodeHTTPRequest)
}

// read is understand for payloads of any kind, by what unwraps them.
func (s *setup) read(body []byte, unwrap func([]byte) (*sdktypes.POKTHTTPRequest, error)) (admitted, error) {
	var a admitted
	var err error
	if a.request, err = relay.DecodeRequest(body); err != nil {
		return a, refuse(http.StatusBadRequest, relay.Undecodable, "decode", err)
	}
	header := a.request.Meta.SessionHeader
	if header == nil || header.ServiceId == "" {
		return a, refuse(http.StatusBadRequest, relay.InvalidRequest, "no_service", errors.New("the request names no service"))
	}
	if a.http, err = unwrap(a.request.Payload); err != nil {
		return a, refuse(http.StatusBadRequest, relay.Internal, "payload", err)
	}
	service, ok := s.backends[header.ServiceId]
	if !ok {
		return a, refuse(http.StatusNotFound, relay.ServiceNotHandled, "unknown_service", fmt.Errorf("service %q is not served here", header.ServiceId))
	}
	a.service = service
	if a.request.Meta.SupplierOperatorAddress == "" {
		return a, refuse(http.StatusBadRequest, relay.InvalidRequest, "no_supplier", errors.New("the request names no supplier"))
	}
	if err := relay.CheckRequest(a.request); err != nil {
		return a, refuse(http.StatusForbidden, relay.InvalidRequest, "invalid_request", err)
	}
	if a.canonical, err = relay.CanonicalRequest(body); err != nil {
		return a, refuse(http.StatusBadRequest, relay.Undecodable, "decode", err)
	}
	if a.key = s.keys.Signer(a.request.Meta.SupplierOperatorAddress); a.key == nil {
		return a, refuse(http.StatusServiceUnavailable, relay.SupplierNotReached, "unknown_supplier", fmt.Errorf("supplier %s has no key here", a.request.Meta.SupplierOperatorAddress))
	}
	if err := s.sized(a, len(body)); err != nil {
		return a, err
	}
	a.hash = a.canonical.Hash()
	a.id = admission.IDOf(a.hash, a.request.Meta.Signature)
	return a, nil
}

// plausible is check 8. Before the first block is known no session's time can be told.
func (s *setup) plausible(start, end int64) error {
	height := s.height.Load()
	if height == 0 {
		return refuse(http.StatusServiceUnavailable, relay.Internal, "height_unknown", errors.New("the height of the chain is not known yet"))
	}
	if start < 1 || end <= start || end-start > maxHeights || end > height+maxHeights || end < height-maxHeights {
		return refuse(http.StatusBadRequest, relay.InvalidSession, "heights", fmt.Errorf("session heights %d to %d are not plausible at height %d", start, end, height))
	}
	return nil
}
