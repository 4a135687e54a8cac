package hasher

import (
	"context"
	"errors"
	"fmt"

	foldv1 "github.com/lodeworks/lode/proto/gen/go/fold/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// headerOwner says who owns a partition from a message of its fold log on: what others need to know of it.
const headerOwner = "Lode-Owner"

// owned is a step that changes nothing but the owner.
func owned(hasher string) *foldv1.Commit { return &foldv1.Commit{Owner: hasher} }

// emitFoldCommitted adds a message to a partition's fold log, behind the one that the writer knows as the last:
// bus.ErrConflict when there is another.
func (h *Hasher) emitFoldCommitted(ctx context.Context, partition uint32, after uint64, c *foldv1.Commit) (uint64, error) {
	sequence, _, err := h.bus.Publish(ctx, bus.Message{
		Subject: foldSubject(partition), Body: c, Header: map[string]string{headerOwner: c.Owner}, After: &after,
	})
	return sequence, err
}

func foldSubject(partition uint32) string { return bus.FoldCommittedSubject(fmt.Sprint(partition)) }

// save is store, for when it may also be done later: the log still has all that is not stored.
func (w *worker) save(ctx context.Context) error {
	err := w.store(ctx)
	w.failing = err != nil
	if err == nil || errors.Is(err, errFenced) || ctx.Err() != nil {
		return err
	}
	w.h.metrics.unstored.Inc()
	w.h.kit.Log.Error("fold not stored: a restart would fold it again", "partition", w.partition, "err", err)
	return nil
}

// store adds what has changed to the fold log. errFenced: somebody else has taken the partition.
func (w *worker) store(ctx context.Context) error {
	w.mu.Lock()
	step, relays := w.fold.Changes(), w.fold.Unstored.Relays
	w.mu.Unlock()
	first := uint64(0)
	for _, c := range step {
		c.Owner = w.h.self
		sequence, err := w.append(ctx, c)
		if err != nil {
			return err
		}
		if first == 0 {
			first = sequence
		}
	}
	w.mu.Lock()
	w.fold.Stored(first)
	w.mu.Unlock()
	w.h.metrics.committed.Add(float64(relays))
	return nil
}

// append adds one message. When the last answer was lost the log may hold one of ours more than we know: everything in
// it comes again with this one, to no effect.
func (w *worker) append(ctx context.Context, c *foldv1.Commit) (uint64, error) {
	for {
		sequence, err := w.h.emitFoldCommitted(ctx, w.partition, w.step, c)
		if err == nil {
			w.step = sequence
			return sequence, nil
		}
		if !errors.Is(err, bus.ErrConflict) {
			return 0, err
		}
		last, found, err := w.h.bus.LastOf(ctx, bus.StreamFolds, foldSubject(w.partition))
		if err != nil {
			return 0, err
		}
		if !found || last.Header.Get(headerOwner) != w.h.self || last.Sequence <= w.step {
			return 0, errFenced
		}
		w.step = last.Sequence
	}
}
