package relayer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/coder/websocket"
	sdktypes "github.com/pokt-network/shannon-sdk/types"

	"github.com/lodeworks/lode/services/kit/ws"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/relayer/upstream"
)

// fromGateway hands each good request's payload to the backend. It has the backend, and closes it.
func (b *bridge) fromGateway() error {
	err := b.requests()
	b.end(err)
	b.leaveBackend()
	return err
}

func (b *bridge) requests() error {
	for {
		f, err := b.gateway.Read()
		if err != nil {
			return broke("gateway", err)
		}
		if err := b.request(f); err != nil {
			f.Release()
			return err
		}
	}
}

// request checks one frame and hands its payload on. The request is the latest one from then on.
func (b *bridge) request(f ws.Frame) error {
	t, err := b.check(f.Data)
	if err != nil {
		return err
	}
	if err := b.reserve(t); err != nil {
		b.s.guard.unserved(t.a)
		return err
	}
	payload := t.a.request.Payload
	t.a.request.Payload = nil // the canonical encoding has it
	t.kind, t.size, t.frame = f.Kind, len(payload), f
	if before := b.latest.Swap(t); before != nil {
		before.frame.Release()
	}
	if err := b.reach(t); err != nil {
		return err
	}
	return lost("backend", b.backend.Write(f.Kind, payload))
}

// check runs checks 2 to 14 on one frame: those of an HTTP relay, but that the payload is the client's message itself.
// All frames of a bridge belong to one session and supplier.
func (b *bridge) check(body []byte) (*turn, error) {
	a, err := b.s.admitFrame(body)
	if err != nil {
		return nil, err
	}
	meta := a.request.Meta
	if meta.SessionHeader.ServiceId != b.service {
		return nil, refuse(http.StatusForbidden, relay.SessionMismatch, "session_mismatch", errors.New("the request is one for another service than the handshake's"))
	}
	if have := b.turn(); have != nil && (!sameHeader(meta.SessionHeader, have.session.Header) || meta.SupplierOperatorAddress != have.a.request.Meta.SupplierOperatorAddress) {
		return nil, refuse(http.StatusForbidden, relay.SessionMismatch, "session_mismatch", errors.New("the request is one of another session or supplier than the connection's"))
	}
	if err := errors.Join(b.s.log.room(), b.s.knowsHeight()); err != nil {
		return nil, err
	}
	begin := time.Now()
	session, err := b.s.verify(b.context(), a)
	b.s.metrics.verify.Observe(time.Since(begin).Seconds())
	if err != nil {
		return nil, err
	}
	return &turn{a: a, session: session, since: time.Now()}, nil
}

// context is the bridge's, or the handshake's before there is one.
func (b *bridge) context() context.Context {
	if b.ctx != nil {
		return b.ctx
	}
	return b.peer
}

// admitFrame is admit for a frame's bytes.
func (s *setup) admitFrame(body []byte) (admitted, error) {
	a, err := s.read(body, func([]byte) (*sdktypes.POKTHTTPRequest, error) { return &sdktypes.POKTHTTPRequest{}, nil })
	if err != nil {
		return a, err
	}
	header := a.request.Meta.SessionHeader
	return a, s.plausible(header.SessionStartBlockHeight, header.SessionEndBlockHeight)
}

// reserve takes the cost of the next relay with the request, unless that was done and not used: work that nobody can
// pay for is not begun.
func (b *bridge) reserve(t *turn) error {
	if b.prepay.Load() != nil {
		return nil
	}
	giveBack, err := b.s.meter.reserve(b.context(), t.a.request.Meta.SupplierOperatorAddress, t.session)
	if err != nil {
		return err
	}
	if !b.prepay.CompareAndSwap(nil, &giveBack) { // the other reader was faster
		giveBack()
	}
	return nil
}

// reach calls the backend, once.
func (b *bridge) reach(t *turn) error {
	if b.backend != nil {
		return nil
	}
	conn, err := b.s.dialBackend(b.ctx, t.a)
	if err != nil {
		return refuse(http.StatusBadGateway, relay.Internal, "backend_connect", fmt.Errorf("the backend of service %s cannot be reached", b.service))
	}
	b.backend = ws.Wrap(conn, b.s.frames.backend)
	backend := b.backend
	b.start(func() error { return b.fromBackend(backend) })
	b.start(func() error { return lost("backend", backend.KeepAlive(b.ctx)) })
	return nil
}

// dialTime is how long a backend may take to accept a WebSocket.
const dialTime = 10 * time.Second

// dialBackend opens a WebSocket to one of the service's backends, with the operator's headers. An open one is no load
// that the pool counts: it says that the backend works, no more.
func (s *setup) dialBackend(ctx context.Context, a admitted) (*websocket.Conn, error) {
	endpoint, header, done, err := a.service.Pick(upstream.WebSocket)
	if err != nil {
		return nil, err
	}
	meta := a.request.Meta
	header.Set("Pocket-Supplier", meta.SupplierOperatorAddress)
	header.Set("Pocket-Service", meta.SessionHeader.ServiceId)
	header.Set("Pocket-Application", meta.SessionHeader.ApplicationAddress)
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	//nolint:bodyclose // the library closes or owns it
	conn, _, err := websocket.Dial(ctx, endpoint.String(), &websocket.DialOptions{HTTPClient: s.sockets.client, HTTPHeader: header})
	done(err)
	return conn, err
}

// leaveBackend says goodbye to the backend, if there is one.
func (b *bridge) leaveBackend() {
	if b.backend == nil {
		return
	}
	if errors.Is(context.Cause(b.ctx), errRestart) {
		b.backend.Close(websocket.StatusGoingAway, "restart")
		return
	}
	b.backend.Close(websocket.StatusNormalClosure, "")
}
