package hasher

import (
	"context"

	"github.com/lodeworks/lode/services/kit/bus"
)

// purge removes the log of sessions that have all ended, once every durable consumer of it has passed.
func (h *Hasher) purge(ctx context.Context) error {
	for subject, last := range h.state.purgeable() {
		passed, err := h.bus.PassedBy(ctx, bus.StreamRelays, h.cfg.PurgeAfter, last)
		if err != nil {
			return err
		}
		if !passed {
			continue
		}
		if err := h.bus.Purge(ctx, bus.StreamRelays, subject, last); err != nil {
			return err
		}
		h.state.purged(subject, last)
		h.kit.Log.Info("settled relays purged", "subject", subject, "stream_seq", last)
	}
	return nil
}
