package hasher

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	foldv1 "github.com/lodeworks/lode/proto/gen/go/fold/v1"
	"github.com/lodeworks/lode/services/hasher/fold"
	"github.com/lodeworks/lode/services/kit/bus"
)

// load brings what is in the fold log into memory. A fold log that can't be loaded costs time only: the relay log has
// everything that it was made of.
func (w *worker) load(ctx context.Context) error {
	loaded := w.empty()
	err := w.h.onFoldCommitted(ctx, w.partition, loaded)
	if errors.Is(err, fold.ErrForeign) || ctx.Err() != nil {
		return err
	}
	if err != nil {
		w.h.kit.Log.Error("fold log can't be loaded: folding from the relay log's start", "partition", w.partition, "err", err)
		return w.reset(ctx)
	}
	head, err := w.h.bus.LastSequence(ctx, bus.StreamRelays)
	if err != nil {
		return w.tryLater(err)
	}
	if loaded.Folded() > head {
		w.h.kit.Log.Error("relay log is shorter than what was folded of it: folding it from its start", "partition", w.partition, "stream_seq", head)
		return w.reset(ctx)
	}
	w.become(loaded)
	return nil
}

// become sets what is in memory.
func (w *worker) become(p *fold.Partition) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fold = p
	w.noteLeaves()
}

// reset empties the partition and its fold log.
func (w *worker) reset(ctx context.Context) error {
	w.become(w.empty())
	if err := w.h.bus.Purge(ctx, bus.StreamFolds, foldSubject(w.partition), w.step-1); err != nil {
		return w.tryLater(err)
	}
	return nil
}

// onFoldCommitted loads all of a partition's fold log.
func (h *Hasher) onFoldCommitted(ctx context.Context, partition uint32, into *fold.Partition) error {
	_, err := h.bus.Replay(ctx, bus.StreamFolds, []string{foldSubject(partition)}, func(m bus.Msg) error {
		c := new(foldv1.Commit)
		if err := proto.Unmarshal(m.Data, c); err != nil {
			return fmt.Errorf("decode step of the fold log: %w", err)
		}
		return into.Load(m.Sequence, c)
	})
	return err
}
