package hasher

import (
	"context"
	"errors"

	"github.com/lodeworks/lode/services/kit/bus"
)

// burying makes a handler of a log that goes on behind a message it cannot understand: a copy with the reason goes
// to DEAD. Without that one bad message would stop every hasher, at every start again.
func (h *Hasher) burying(ctx context.Context, stream string, apply func(bus.Msg) error) func(bus.Msg) error {
	return func(m bus.Msg) error {
		err := apply(m)
		if err == nil || errors.Is(err, errRefold) {
			return err
		}
		h.metrics.poison.Inc()
		h.kit.Log.Error("message is poison", "stream", stream, "subject", m.Subject, "stream_seq", m.Sequence, "err", err)
		return h.bus.Bury(ctx, stream, m, err)
	}
}
