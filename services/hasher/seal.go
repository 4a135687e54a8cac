package hasher

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/hasher/fold"
	"github.com/lodeworks/lode/services/kit/bus"
)

// onHeight finds out what is to be sealed, seals what is folded far enough, and purges what has ended.
func (w *worker) onHeight(ctx context.Context) error {
	height := w.h.height.Load()
	w.mu.Lock()
	due := w.fold.Due(height)
	w.mu.Unlock()
	w.owed.Store(int64(len(due) + len(w.unsaid)))
	for _, end := range due {
		if _, known := w.targets[end]; known {
			continue
		}
		last, _, err := w.h.bus.LastOf(ctx, bus.StreamRelays, w.subject(end))
		if err != nil { // the next height comes
			w.h.kit.Log.Warn("end of the log not known yet", "partition", w.partition, "height", height, "err", err)
			return ctx.Err()
		}
		w.targets[end] = last.Sequence
	}
	if err := w.sealReached(ctx); err != nil {
		return err
	}
	return w.purge(ctx)
}

// sealReached seals the end heights that are folded up to where the log reached when their claim window was found open.
// What is logged behind that is late.
func (w *worker) sealReached(ctx context.Context) error {
	var facts []*sessionv1.Sealed
	w.mu.Lock()
	for end, target := range w.targets {
		if w.fold.Position(end) >= target {
			facts = append(facts, w.fold.Seal(end, w.h.height.Load())...)
			delete(w.targets, end)
		}
	}
	w.mu.Unlock()
	if len(facts) > 0 {
		if err := w.storeSeals(ctx); err != nil {
			return err
		}
	}
	err := w.say(ctx, facts)
	w.owed.Store(int64(len(w.targets) + len(w.unsaid)))
	return err
}

// storeSeals stores the seals before they are said, so that whoever owns the partition says the same. A fold log that
// takes nothing does not hold them up for long: a claim window is short, and the fact itself can be made again.
func (w *worker) storeSeals(ctx context.Context) error {
	const tries, again = 3, 500 * time.Millisecond
	for i := range tries {
		err := w.store(ctx)
		if err == nil || errors.Is(err, errFenced) || ctx.Err() != nil {
			return err
		}
		w.h.metrics.unstored.Inc()
		w.h.kit.Log.Error("fold not stored before its sessions are sealed", "partition", w.partition, "attempt", i+1, "err", err)
		if err := pause(ctx, again); err != nil {
			return err
		}
	}
	return nil
}

// say says sealed facts, and those that could not be said before. Where there is one already it stands: ours, or that
// of a hasher that folds the same partition. What could not be said is tried again soon.
func (w *worker) say(ctx context.Context, facts []*sessionv1.Sealed) error {
	facts = append(facts, w.unsaid...)
	w.unsaid = nil
	var failed sync.Map
	var group errgroup.Group
	group.SetLimit(saysAtOnce)
	for _, fact := range facts {
		group.Go(func() error {
			err := w.h.emitSessionSealed(ctx, fact)
			if errors.Is(err, bus.ErrConflict) {
				err = w.adopt(ctx, fold.KeyOf(fact.Terms))
			}
			if err != nil {
				failed.Store(fact, true)
				return fmt.Errorf("seal session %s of %s: %w", fact.Terms.SessionId, fact.Terms.Supplier, err)
			}
			return nil
		})
	}
	err := group.Wait()
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	w.h.kit.Log.Error("sealed sessions not said yet", "partition", w.partition, "err", err)
	for fact := range failed.Range {
		w.unsaid = append(w.unsaid, fact.(*sessionv1.Sealed))
	}
	time.AfterFunc(sayAgain, func() { wake(w.woken) })
	return nil
}

const (
	saysAtOnce = 16 // facts said side by side: each waits for the bus's disk
	sayAgain   = 500 * time.Millisecond
)
