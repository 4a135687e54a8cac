package hasher

import (
	"context"
	"maps"

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

// purgeable lists the parts of the log that nobody needs any more, by subject with the last sequence to remove. A
// subject that also holds relays of an open session is kept whole.
func (s *state) purgeable() map[string]uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]uint64{}
	for _, sp := range s.spans {
		if len(sp.open) > 0 {
			continue
		}
		for subject, last := range sp.partitions {
			out[subject] = max(out[subject], last)
		}
	}
	for _, sp := range s.spans {
		if len(sp.open) > 0 {
			maps.DeleteFunc(out, func(subject string, _ uint64) bool { return sp.partitions[subject] > 0 })
		}
	}
	return out
}

// purged notes that a subject's messages are removed up to a sequence.
func (s *state) purged(subject string, upTo uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for end, sp := range s.spans {
		if sp.partitions[subject] <= upTo {
			delete(sp.partitions, subject)
		}
		if len(sp.partitions) == 0 && len(sp.open) == 0 {
			delete(s.spans, end)
		}
	}
}
