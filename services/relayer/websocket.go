package relayer

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/coder/websocket"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"

	"github.com/lodeworks/lode/services/kit/ws"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/relayer/upstream"
)

// isWebsocket tells whether a request wants a WebSocket: by asking for the upgrade, or by its RPC type.
func isWebsocket(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket") || upstream.ParseRPC(r.Header.Get("Rpc-Type")) == upstream.WebSocket
}

// other is what serves a request that is not a relay over HTTP; nil: it is one.
func (s *setup) other(r *http.Request) http.HandlerFunc {
	if isGRPC(r) {
		return s.serveGRPC
	}
	if isWebsocket(r) {
		return s.serveWebsocket
	}
	return nil
}

// serveWebsocket opens a bridge between a gateway and a backend (relay.md §8) and returns when it is closed.
func (s *setup) serveWebsocket(w http.ResponseWriter, r *http.Request) {
	b := &bridge{s: s, peer: peerOnly(r.Context()), sender: r.Header.Get(gatewayHeader)}
	if a, err := s.shake(b, r); err != nil {
		s.refused(w, a, err)
		return
	}
	if !s.sockets.enter(b, s.cfg.Websocket.Connections) {
		s.refused(w, admitted{}, refuse(http.StatusServiceUnavailable, relay.RateLimited, "websocket_limit", errSocketsFull))
		return
	}
	defer s.sockets.leave(b)
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}) // the origin says nothing: frames are signed
	if err != nil {
		s.countRefused(admitted{}, refuse(http.StatusBadRequest, relay.InvalidRequest, "websocket_handshake", err))
		return // Accept has answered
	}
	b.run(ws.Wrap(conn, s.frames.gateway))
}

var errSocketsFull = errors.New("too many WebSockets are open")

// peerOnly keeps of a request's context who sent it: after the upgrade the context itself means nothing.
func peerOnly(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

// shake reads the handshake's headers. They are only a claim, until a frame is signed; but a signature among them must
// be good.
func (s *setup) shake(b *bridge, r *http.Request) (a admitted, err error) {
	h := r.Header
	if b.service = h.Get("Target-Service-Id"); b.service == "" {
		b.service = h.Get("Pocket-Service-Id")
	}
	pool, ok := s.backends[b.service]
	switch {
	case b.service == "":
		return a, refuse(http.StatusBadRequest, relay.InvalidRequest, "no_service", errors.New("the handshake names no service: Target-Service-Id"))
	case !ok:
		return a, refuse(http.StatusNotFound, relay.ServiceNotHandled, "unknown_service", fmt.Errorf("service %.42q is not served here", b.service))
	case !pool.Has(upstream.WebSocket):
		return a, refuse(http.StatusNotFound, relay.WrongTransport, "no_websocket", fmt.Errorf("service %q has no WebSockets here", b.service))
	}
	if err := errors.Join(s.log.room(), s.knowsHeight()); err != nil {
		return a, err
	}
	s.kit.Log.Debug("websocket asked for", "service", b.service, "application", clip(h, "App-Address"),
		"session", clip(h, "Pocket-Session-Id"), "supplier", clip(h, "Pocket-Supplier-Address"), "signed", h.Get("Pocket-Signature") != "")
	if h.Get("Pocket-Signature") == "" {
		return a, nil // older gateways send none
	}
	return s.shakeSigned(b, h)
}

// clip is a header's value, fit for the log.
func clip(h http.Header, name string) string { return fmt.Sprintf("%.64s", h.Get(name)) }

// shakeSigned checks the handshake as what it is: a relay request without a payload. The bridge then belongs to its
// session.
func (s *setup) shakeSigned(b *bridge, h http.Header) (a admitted, err error) {
	body, err := signedHandshake(b.service, h)
	if err != nil {
		return a, refuse(http.StatusBadRequest, relay.InvalidRequest, "handshake", err)
	}
	t, err := b.check(body)
	if err != nil {
		return t.a, err
	}
	s.guard.unserved(t.a)
	b.opened = t
	return t.a, nil
}

// signedHandshake encodes the request that Pocket-Signature signs.
func signedHandshake(service string, h http.Header) ([]byte, error) {
	start, errStart := strconv.ParseInt(h.Get("Pocket-Session-Start-Height"), 10, 64)
	end, errEnd := strconv.ParseInt(h.Get("Pocket-Session-End-Height"), 10, 64)
	signature, errSignature := base64.StdEncoding.DecodeString(h.Get("Pocket-Signature"))
	if err := errors.Join(errStart, errEnd, errSignature); err != nil {
		return nil, fmt.Errorf("handshake headers: %w", err)
	}
	req := servicetypes.RelayRequest{Meta: servicetypes.RelayRequestMetadata{
		SessionHeader: &sessiontypes.SessionHeader{
			ApplicationAddress: h.Get("App-Address"), ServiceId: service, SessionId: h.Get("Pocket-Session-Id"),
			SessionStartBlockHeight: start, SessionEndBlockHeight: end,
		},
		SupplierOperatorAddress: h.Get("Pocket-Supplier-Address"), Signature: signature,
	}}
	return req.Marshal()
}
