package hasher

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/hasher/fold"
	"github.com/lodeworks/lode/services/kit/bus"
)

// Why a worker ends.
var (
	errGiven  = errors.New("the partition is handed over")
	errFenced = errors.New("another hasher owns the partition now")
)

// worker owns one partition: it alone adds to the partition's fold log, and only as long as nobody else does.
type worker struct {
	h         *Hasher
	partition uint32
	life      context.Context // until the partition is given or lost
	end       context.CancelCauseFunc
	woken     chan struct{}       // holds one token: there is a new height
	sealing   chan struct{}       // holds one token: a session came whose window is open already
	step      uint64              // last message of the fold log, as far as this worker knows
	taken     atomic.Uint64       // the message with which it took the partition; 0: not yet
	loaded    atomic.Bool         // what others folded is here
	leaves    atomic.Int64        // in memory
	owed      atomic.Int64        // session end heights to be sealed now, and sealed facts not said yet
	turned    atomic.Uint64       // beat of its hasher at which its loop last came round; 0: not yet
	failing   bool                // the fold log did not take the last step
	unsaid    []*sessionv1.Sealed // facts that are stored and not said yet
	targets   map[int64]uint64    // by end height with sessions to seal: how far the log reached when that was found out

	mu       sync.Mutex
	fold     *fold.Partition
	evidence evidence
}

func newWorker(h *Hasher, partition uint32, after uint64) *worker {
	w := &worker{h: h, partition: partition, step: after, woken: make(chan struct{}, 1), sealing: make(chan struct{}, 1), targets: map[int64]uint64{}, evidence: evidence{}}
	w.fold = w.empty()
	return w
}

// empty is a partition without anything in it.
func (w *worker) empty() *fold.Partition {
	return fold.New(func(k fold.Key) bool { return w.h.partitionOf(k) == w.partition })
}

func (h *Hasher) partitionOf(k fold.Key) uint32 {
	return bus.Partition(k.Supplier+"/"+k.Session, h.cfg.Partitions)
}

// lost tells whether somebody else has taken the partition from this worker.
func (w *worker) lost(now holder) bool {
	taken := w.taken.Load()
	return taken > 0 && now.step > taken && now.hasher != w.h.self
}

// drop ends a worker that has lost its partition: it says nothing more.
func (w *worker) drop() { w.end(errFenced) }

// run takes the partition and works until it is given or lost. Anything else is an error that the process can't go on
// from.
func (w *worker) run() error {
	err := w.work()
	cause := context.Cause(w.life)
	switch {
	case errors.Is(cause, errFenced):
		return errFenced
	case errors.Is(cause, errGiven):
		return w.give()
	case errors.Is(err, errFenced):
		return errFenced
	}
	return err
}

func (w *worker) work() error {
	if err := w.take(w.life); err != nil {
		return err
	}
	if err := w.load(w.life); err != nil {
		return err
	}
	if err := w.settle(w.life); err != nil {
		return err
	}
	w.loaded.Store(true)
	w.h.metrics.handovers.WithLabelValues("taken").Inc()
	w.h.kit.Log.Info("partition taken", "partition", w.partition, "stream_seq", w.fold.Folded(), "leaves", w.fold.Leaves())
	return w.loop()
}

// take makes this hasher the owner: whatever a former owner says from now on comes too late.
func (w *worker) take(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), handOverTime)
	defer cancel()
	step, err := w.h.emitFoldCommitted(ctx, w.partition, w.step, owned(w.h.self))
	if errors.Is(err, bus.ErrConflict) {
		return errFenced // others were first, or said something in between: look again
	}
	if err != nil {
		return w.tryLater(err)
	}
	w.step = step
	w.taken.Store(step)
	return nil
}

// tryLater ends a worker that could not begin: its partition is taken again at the next beat.
func (w *worker) tryLater(err error) error {
	w.h.kit.Log.Warn("partition not taken yet", "partition", w.partition, "err", err)
	return errFenced
}

// give stores what is not stored yet, and leaves the partition to whom takes it.
func (w *worker) give() error {
	if w.taken.Load() == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.life), handOverTime)
	defer cancel()
	if w.loaded.Load() {
		if err := w.store(ctx); err != nil {
			return w.notGiven(err)
		}
	}
	if _, err := w.h.emitFoldCommitted(ctx, w.partition, w.step, owned("")); err != nil {
		return w.notGiven(err)
	}
	w.h.metrics.handovers.WithLabelValues("given").Inc()
	w.h.kit.Log.Info("partition given", "partition", w.partition)
	return nil
}

func (w *worker) notGiven(err error) error {
	w.h.kit.Log.Warn("partition not handed over: it is free when this hasher is not heard any more", "partition", w.partition, "err", err)
	return nil
}

// loop folds, stores, seals and purges until the partition is given or lost.
func (w *worker) loop() error {
	ctx, cancel := context.WithCancel(w.life)
	defer cancel()
	messages := w.h.reader.read(ctx, w.partition, w.fold.Folded()+1, w.fold.Ahead())
	timer := time.NewTimer(0)
	<-timer.C
	due := false // the timer runs
	turn := time.NewTicker(w.h.cfg.LeaseTTL)
	defer turn.Stop()
	wake(w.woken)
	for {
		w.turned.Store(w.h.beats.Load())
		select {
		case <-w.life.Done():
			return w.life.Err()
		case <-turn.C:
		case m := <-messages:
			if err := w.onMessage(ctx, m); err != nil {
				return err
			}
		case <-w.woken:
			if err := w.onHeight(ctx); err != nil {
				return err
			}
		case <-timer.C:
			due = false
			if err := w.save(ctx); err != nil {
				return err
			}
		}
		if !due && w.unstored() {
			timer.Reset(w.h.cfg.CheckpointEvery)
			due = true
		}
	}
}

// stuckBeats is for how many beats of its hasher a worker may be at one thing: 20 leases.
const stuckBeats = 60

// stuck tells whether the worker has been at one thing for so long that it won't end.
func (w *worker) stuck() bool {
	turned := w.turned.Load()
	return turned > 0 && turned+stuckBeats < w.h.beats.Load()
}

func (w *worker) unstored() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fold.Unstored.Relays > 0
}
