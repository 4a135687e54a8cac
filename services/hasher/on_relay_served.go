package hasher

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lodeworks/lode/services/hasher/fold"
	"github.com/lodeworks/lode/services/kit/bus"
)

// fed is one message of the partition's log, or what is known when there is none.
type fed struct {
	bus.Msg
	end   int64 // end height
	alone bool  // only this end height is folded up to here
	none  bool  // there is no message: only the position counts
}

// farBehind is how many messages may wait before the log is not folded in its order any more.
const farBehind = 1000

// feed hands on the partition's log from where it is folded, until ctx ends. Near the log's end that is in the log's
// order. Farther behind, end heights are folded one after the other: those first whose claim window closes first and
// is not closed yet.
func (w *worker) feed(ctx context.Context, from uint64, ahead map[int64]uint64, out chan<- fed) (err error) {
	for {
		if from, err = w.inOrder(ctx, from, out); !errors.Is(err, errFarBehind) {
			return err
		}
		if from, err = w.catchUp(ctx, from, ahead, out); err != nil {
			return err
		}
		ahead = nil
	}
}

var errFarBehind = errors.New("far behind")

// inOrder hands on the log from a position on, until it turns out to be far behind, and returns from where to go on.
func (w *worker) inOrder(ctx context.Context, from uint64, out chan<- fed) (uint64, error) {
	err := w.h.bus.Fold(ctx, bus.StreamRelays, []string{w.subject("*")}, from, func(m bus.Msg) error {
		if m.Pending > farBehind {
			return errFarBehind
		}
		end, err := lastToken(m.Subject)
		if err != nil {
			return err
		}
		from = m.Sequence + 1
		return hand(ctx, out, fed{Msg: m, end: end})
	})
	return from, err
}

// catchUp hands on all that is in the log now, end height by end height, and returns the position from which to go on.
func (w *worker) catchUp(ctx context.Context, from uint64, ahead map[int64]uint64, out chan<- fed) (uint64, error) {
	head, err := w.h.bus.LastSequence(ctx, bus.StreamRelays)
	if err != nil {
		return 0, err
	}
	spans, err := w.backlog(ctx, from)
	if err != nil {
		return 0, err
	}
	w.h.kit.Log.Info("catching up", "partition", w.partition, "stream_seq", from, "head", head, "end_heights", len(spans))
	for _, s := range urgent(spans, w.h.height.Load()) {
		begin := max(from, ahead[s.end]+1)
		_, err := w.h.bus.ReplayFrom(ctx, bus.StreamRelays, []string{w.subject(fmt.Sprint(s.end))}, begin, func(m bus.Msg) error {
			if m.Sequence > head {
				return nil
			}
			return hand(ctx, out, fed{Msg: m, end: s.end, alone: true})
		})
		if err != nil {
			return 0, err
		}
		if err := hand(ctx, out, fed{Msg: bus.Msg{Sequence: head}, end: s.end, alone: true, none: true}); err != nil {
			return 0, err
		}
	}
	return head + 1, hand(ctx, out, fed{Msg: bus.Msg{Sequence: head}, none: true})
}

func hand(ctx context.Context, out chan<- fed, f fed) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case out <- f:
		return nil
	}
}

func (w *worker) subject(endHeight string) string {
	return bus.RelayServedSubject(fmt.Sprint(w.partition), endHeight)
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
	w.behind.Store(f.Pending)
	w.stored.Store(f.Stored.UnixNano())
	if full && !w.failing {
		if err := w.save(ctx); err != nil {
			return err
		}
	}
	switch {
	case len(w.targets) > 0:
		return w.sealReached(ctx)
	case f.Pending == 0 && w.due():
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
	w.messages.Add(1)
	w.relays.Add(int64(now.Relays - before.Relays))
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
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func (w *worker) noteLeaves() { w.leaves.Store(int64(w.fold.Leaves())) }
