package hasher

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lodeworks/lode/services/hasher/fold"
	"github.com/lodeworks/lode/services/kit/bus"
)

// subject is where the partition's log of an end height is.
func (w *worker) subject(endHeight int64) string {
	return bus.RelayServedSubject(fmt.Sprint(w.partition), fmt.Sprint(endHeight))
}

// onMessage folds one message, and seals what waited for it.
func (w *worker) onMessage(ctx context.Context, f fed) error {
	if !f.none {
		if err := w.foldMessage(ctx, f); err != nil {
			return err
		}
	}
	w.mu.Lock()
	if f.alone {
		w.fold.ReachedIn(f.end, f.Sequence)
	} else {
		w.fold.Reached(f.Sequence)
	}
	full := w.fold.Unstored.Bytes >= w.h.cfg.CheckpointBytes
	w.mu.Unlock()
	if f.none {
		return w.onHeight(ctx)
	}
	if full && !w.failing {
		if err := w.save(ctx); err != nil {
			return err
		}
	}
	switch {
	case len(w.targets) > 0:
		return w.sealReached(ctx)
	case w.due(): // perhaps no height follows
		return w.onHeight(ctx)
	}
	return nil
}

// due tells whether a session came whose claim window is open already.
func (w *worker) due() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.fold.Due(w.h.height.Load())) > 0
}

// foldMessage folds one message. One with a fault goes to DEAD: it holds no relay we can count.
func (w *worker) foldMessage(ctx context.Context, f fed) error {
	w.mu.Lock()
	before := w.fold.Totals
	err := w.fold.Fold(fold.Message{EndHeight: f.end, Sequence: f.Sequence, Data: f.Data})
	now := w.fold.Totals
	w.mu.Unlock()
	if errors.Is(err, fold.ErrForeign) {
		return err
	}
	if err != nil {
		return w.bury(ctx, f.Msg, fmt.Errorf("fold relay group: %w", err))
	}
	w.h.metrics.count(before, now)
	w.leaves.Add(int64(now.Mined - before.Mined))
	w.h.messages.Add(1)
	w.h.relays.Add(int64(now.Relays - before.Relays))
	return nil
}

// bury copies a message that can't be understood to DEAD, for as long as it takes: without that one bad message would
// stop the partition.
func (w *worker) bury(ctx context.Context, m bus.Msg, why error) error {
	w.h.metrics.poison.Inc()
	w.h.kit.Log.Error("message is poison", "stream", bus.StreamRelays, "subject", m.Subject, "stream_seq", m.Sequence, "err", why)
	for {
		err := w.h.bus.Bury(ctx, bus.StreamRelays, m, why)
		if err == nil || ctx.Err() != nil {
			return err
		}
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
	}
}

func (w *worker) noteLeaves() { w.leaves.Store(int64(w.fold.Leaves())) }
