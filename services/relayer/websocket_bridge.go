package relayer

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/kit/ws"
	"github.com/lodeworks/lode/services/pocket/relay"
)

// bridge carries frames between a gateway and a backend, for one supplier in one session. It has two readers, two that
// ping, and one that waits for its end; each reader has one frame in hand, and the latest request is kept.
//
// The backend is called when the first request is found good, so that nobody unknown reaches it, and it has no frame to
// send before there is a request to pair it with.
type bridge struct {
	s       *setup          // the one that it began with counts to its end
	peer    context.Context // of the handshake: who sent it
	service string
	sender  string // who the handshake says that it is of
	opened  *turn  // by a signed handshake; nil: by the first request

	ctx     context.Context // ends with the cause of the bridge's end
	end     context.CancelCauseFunc
	running sync.WaitGroup
	gateway *ws.Conn
	backend *ws.Conn // of the gateway's reader; nil before the first request
	answers string   // the backend's name; set before its reader starts

	latest atomic.Pointer[turn]
	prepay atomic.Pointer[func()] // gives back what the next relay costs, when it was charged with the request

	emitting sync.Mutex // held while a relay is signed, logged and sent
	over     bool       // nothing is sent any more; guarded by emitting
}

// turn is a request that passed all checks, and when it did.
type turn struct {
	a       admitted
	session *facts.Session
	kind    websocket.MessageType
	size    int // bytes of its payload
	since   time.Time
	frame   ws.Frame
}

func (b *bridge) init() { b.ctx, b.end = context.WithCancelCause(b.peer) }

// turn is the latest request, or that of the handshake; nil before both.
func (b *bridge) turn() *turn {
	if t := b.latest.Load(); t != nil {
		return t
	}
	return b.opened
}

// run returns when the bridge is closed and nothing of it is left.
func (b *bridge) run(gateway *ws.Conn) {
	b.gateway = gateway
	b.s.metrics.websockets.Inc()
	defer b.s.metrics.websockets.Dec()
	b.start(b.fromGateway)
	b.start(func() error { return lost("gateway", gateway.KeepAlive(b.ctx)) })
	if b.opened == nil {
		late := time.AfterFunc(b.s.frames.first, func() {
			if b.turn() == nil {
				b.end(errNoRequest)
			}
		})
		defer late.Stop()
	}
	<-b.ctx.Done()
	why := endingOf(context.Cause(b.ctx))
	b.close(why)
	b.note(why)
}

// start runs one of the bridge's loops; when it ends, so does the bridge.
func (b *bridge) start(loop func() error) { b.running.Go(func() { b.end(loop()) }) }

func lost(side string, err error) error {
	if err == nil {
		return nil
	}
	return broke(side, err)
}

// close lets the relay that is being sent be sent, and then tells both sides.
func (b *bridge) close(why *ending) {
	b.emitting.Lock()
	b.over = true
	if why.code == closeExpired {
		b.sayExpired()
	}
	b.emitting.Unlock()
	b.gateway.Close(why.code, why.reason) // its reader ends, and with it the backend's
	b.running.Wait()
	if giveBack := b.prepay.Swap(nil); giveBack != nil {
		(*giveBack)()
	}
}

// sayExpired sends what tells gateways that the session is over, signed.
func (b *bridge) sayExpired() {
	t := b.turn()
	if t == nil {
		return
	}
	res, err := signedError(t.a, 410, relay.SessionMismatch, "session expired")
	if err == nil {
		err = relay.SignResponseBy(b.peer, res, t.a.key)
	}
	if err != nil {
		return
	}
	if raw, err := res.Marshal(); err == nil {
		_ = b.gateway.Write(websocket.MessageBinary, raw)
	}
}

// note counts and logs the end of a bridge that had a session.
func (b *bridge) note(why *ending) {
	b.s.metrics.websocketEnds.WithLabelValues(why.cause).Inc()
	t := b.turn()
	if t == nil {
		return
	}
	t.frame.Release()
	b.s.kit.Log.Debug("websocket closed", "service", b.service, "supplier", t.a.request.Meta.SupplierOperatorAddress,
		"session", t.session.Header.SessionId, "reason", why.cause, "code", int(why.code))
}
