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

// request checks one frame and hands its payload on, or counts it as refused.
func (b *bridge) request(f ws.Frame) error {
	t, err := b.check(f.Data)
	if err == nil {
		err = b.handOn(t, f)
	}
	b.countRefused(t, err)
	return err
}

// countRefused counts a relay that was refused; an error that is no refusal ends the bridge only.
func (b *bridge) countRefused(t *turn, err error) {
	var why *refusal
	if errors.As(err, &why) {
		b.s.countRefused(t.a, why)
	}
}

// handOn gives a frame's payload to the backend. The request is the latest one from then on.
func (b *bridge) handOn(t *turn, f ws.Frame) error {
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
// All frames of a bridge belong to one session and supplier. With an error, too, the turn has what could be read.
func (b *bridge) check(body []byte) (t *turn, err error) {
	t = &turn{}
	if t.a, err = b.s.admitFrame(body); err != nil {
		return t, err
	}
	t.a.gateway = b.sender
	meta := t.a.request.Meta
	if meta.SessionHeader.ServiceId != b.service {
		return t, refuse(http.StatusForbidden, relay.SessionMismatch, "session_mismatch", errors.New("the request is one for another service than the handshake's"))
	}
	if have := b.turn(); have != nil && (!sameHeader(meta.SessionHeader, have.session.Header) || meta.SupplierOperatorAddress != have.a.request.Meta.SupplierOperatorAddress) {
		return t, refuse(http.StatusForbidden, relay.SessionMismatch, "session_mismatch", errors.New("the request is one of another session or supplier than the connection's"))
	}
	if err := errors.Join(b.s.log.room(), b.s.knowsHeight()); err != nil {
		return t, err
	}
	begin := time.Now()
	t.session, err = b.s.verify(b.context(), t.a)
	t.since = time.Now()
	b.s.metrics.verify.Observe(t.since.Sub(begin).Seconds())
	return t, err
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
	name, conn, err := b.s.dialBackend(b.ctx, t.a)
	if err != nil {
		return refuse(http.StatusBadGateway, relay.Internal, "backend_connect", fmt.Errorf("the backend of service %s cannot be reached", b.service))
	}
	b.backend = ws.Wrap(conn, b.s.frames.backend)
	b.answers = name
	backend := b.backend
	b.start(func() error { return b.fromBackend(backend) })
	b.start(func() error { return lost("backend", backend.KeepAlive(b.ctx)) })
	return nil
}

// dialTime is how long a backend may take to accept a WebSocket.
const dialTime = 10 * time.Second

// dialBackend opens a WebSocket to one of the service's backends, with the operator's headers. An open one is no load
// that the pool counts: it says that the backend works, no more.
func (s *setup) dialBackend(ctx context.Context, a admitted) (name string, _ *websocket.Conn, _ error) {
	to, done, err := a.service.Pick(upstream.WebSocket)
	if err != nil {
		return "", nil, err
	}
	meta, header := a.request.Meta, to.Header
	header.Set("Pocket-Supplier", meta.SupplierOperatorAddress)
	header.Set("Pocket-Service", meta.SessionHeader.ServiceId)
	header.Set("Pocket-Application", meta.SessionHeader.ApplicationAddress)
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	//nolint:bodyclose // the library closes or owns it
	conn, _, err := websocket.Dial(ctx, to.URL.String(), &websocket.DialOptions{HTTPClient: s.sockets.client, HTTPHeader: header})
	done(err)
	return to.Name, conn, err
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
