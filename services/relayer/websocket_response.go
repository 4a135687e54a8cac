package relayer

import (
	"context"
	"errors"
	"net/http"
	"time"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/ws"
	"github.com/lodeworks/lode/services/pocket/relay"
)

// fromBackend makes a relay of each of the backend's frames.
func (b *bridge) fromBackend(backend *ws.Conn) error {
	for {
		f, err := backend.Read()
		if err != nil {
			return broke("backend", err)
		}
		err = b.emit(f)
		f.Release()
		if err != nil {
			return err
		}
	}
}

// emit makes one relay of the latest request and a backend's frame, and sends it when it is in the log. A frame without
// content can't be signed, and is dropped.
func (b *bridge) emit(f ws.Frame) error {
	b.emitting.Lock()
	defer b.emitting.Unlock()
	if b.over {
		return nil
	}
	t := b.latest.Load()
	switch {
	case t == nil || len(f.Data) == 0:
		b.s.metrics.websocketDropped.WithLabelValues(b.service).Inc()
		return nil
	case b.s.height.Load() > t.session.Windows.GraceEnd:
		return errSessionOver
	}
	res, err := b.relay(t, f)
	if err != nil {
		b.countRefused(t, err)
		return err
	}
	raw, err := res.Marshal()
	if err != nil {
		return err
	}
	b.s.metrics.served.WithLabelValues(b.service).Inc()
	return lost("gateway", b.gateway.Write(f.Kind, raw))
}

// relay charges for, signs and logs one relay.
func (b *bridge) relay(t *turn, f ws.Frame) (*servicetypes.RelayResponse, error) {
	if err := b.reserve(t); err != nil {
		return nil, err
	}
	giveBack := b.prepay.Swap(nil)
	res, err := signPayload(b.peer, t.a, f.Data)
	if err != nil {
		if giveBack != nil {
			(*giveBack)()
		}
		return nil, err
	}
	return res, b.log(t, f, res)
}

// log returns when the relay is in the log.
func (b *bridge) log(t *turn, f ws.Frame, res *servicetypes.RelayResponse) error {
	leaf, err := relay.AppendLeaf(nil, t.a.canonical, res)
	if err != nil {
		return refuse(http.StatusInternalServerError, relay.Internal, "leaf", err)
	}
	served := &relayv1.Served{
		Relay: leaf, ServedUnixNano: time.Now().UnixNano(), StatusCode: http.StatusSwitchingProtocols,
		BackendNanos: uint64(time.Since(t.since)), RequestBytes: uint64(t.size), ResponseBytes: uint64(len(f.Data)),
	}
	b.s.label(served, t.a, b.answers)
	wait, cancel := context.WithTimeout(b.peer, b.s.cfg.LogTimeout)
	defer cancel()
	err = b.s.log.emitRelayServed(wait, termsOf(t.a.request.Meta.SupplierOperatorAddress, t.session), served)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return refuse(http.StatusServiceUnavailable, relay.Internal, "log_timeout", errLogFull)
	case err != nil:
		return refuse(http.StatusServiceUnavailable, relay.Internal, "log", err)
	}
	return nil
}
