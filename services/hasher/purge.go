package hasher

import (
	"context"
	"sync"

	"github.com/lodeworks/lode/services/kit/bus"
)

// purge removes the log of end heights whose sessions have all ended, once every durable consumer of it has passed, and
// then what was stored of them in the fold log. What fails is tried again at the next height.
func (w *worker) purge(ctx context.Context) error {
	w.mu.Lock()
	ended := w.fold.Ended()
	w.mu.Unlock()
	if len(ended) == 0 {
		return nil
	}
	if err := w.purgeEnded(ctx, ended); err != nil && ctx.Err() == nil {
		w.h.kit.Log.Warn("settled relays not purged yet", "partition", w.partition, "err", err)
	}
	return ctx.Err()
}

func (w *worker) purgeEnded(ctx context.Context, ended map[int64]uint64) error {
	floor, err := w.h.passed.floor(ctx, w.h)
	if err != nil {
		return err
	}
	for end, last := range ended {
		if last > floor {
			continue
		}
		if err := w.keep(ctx, end, last); err != nil {
			return err
		}
		subject := w.subject(end)
		if err := w.h.bus.Purge(ctx, bus.StreamRelays, subject, last); err != nil {
			return err
		}
		w.mu.Lock()
		w.fold.Forget(end)
		needed := w.fold.Needed(w.step)
		w.mu.Unlock()
		w.h.kit.Log.Info("settled relays purged", "subject", subject, "stream_seq", last)
		if err := w.h.bus.Purge(ctx, bus.StreamFolds, foldSubject(w.partition), needed-1); err != nil {
			return err
		}
	}
	return nil
}

// passed remembers for one height how far the readers of the relay log are.
type passed struct {
	mu     sync.Mutex
	height int64
	upTo   uint64
}

func (p *passed) floor(ctx context.Context, h *Hasher) (uint64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	height := h.height.Load()
	if p.height == height {
		return p.upTo, nil
	}
	upTo, err := h.bus.Floor(ctx, bus.StreamRelays, h.cfg.PurgeAfter)
	if err != nil {
		return 0, err
	}
	p.height, p.upTo = height, upTo
	return upTo, nil
}
