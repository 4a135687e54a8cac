package hasher

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lodeworks/lode/services/kit/bus"
)

// reader hands the relay log on to all workers of a hasher. It is one consumer for all partitions: a bus that has to
// find one partition's messages among those of 64 reads the whole log for it, and would for each of 64 consumers.
type reader struct {
	h       *Hasher
	changed chan struct{} // holds one token: who reads has changed

	mu      sync.Mutex
	readers map[uint32]*reading // by partition

	handed atomic.Uint64 // messages handed on
	behind atomic.Uint64 // messages not handed on yet, when the last one was
	stored atomic.Int64  // when that one was logged, unix nanoseconds
}

// reading is one partition that is read. The reader's goroutine alone moves its position.
type reading struct {
	partition uint32
	from      uint64           // next position
	ahead     map[int64]uint64 // end heights that are read farther, with how far
	out       chan fed
	left      <-chan struct{} // closed when nobody takes from out any more
}

// fed is one message of the partition's log, or what is known when there is none.
type fed struct {
	bus.Msg
	end   int64 // end height
	alone bool  // only this end height is folded up to here
	none  bool  // there is no message: only the position counts
}

const (
	// farBehind is how many messages may wait before the log is not read in its order any more.
	farBehind = 1000
	// atHand is how many messages wait for one worker while it folds: others get theirs meanwhile.
	atHand = 4
)

func newReader(h *Hasher) *reader {
	return &reader{h: h, changed: make(chan struct{}, 1), readers: map[uint32]*reading{}}
}

// read hands on a partition's log from a position on, until ctx ends.
func (r *reader) read(ctx context.Context, partition uint32, from uint64, ahead map[int64]uint64) <-chan fed {
	s := &reading{partition: partition, from: from, ahead: ahead, out: make(chan fed, atHand), left: ctx.Done()}
	r.mu.Lock()
	r.readers[partition] = s
	r.mu.Unlock()
	wake(r.changed)
	context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.readers[partition] == s {
			delete(r.readers, partition)
		}
		wake(r.changed)
	})
	return s.out
}

// now is who reads.
func (r *reader) now() []*reading {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]*reading, 0, len(r.readers))
	for _, s := range r.readers {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *reading) int { return int(a.partition) - int(b.partition) })
	return list
}

// run reads until ctx ends. Each time that who reads changes it begins anew, where the one is that is least far; the
// others do not get again what they had.
func (r *reader) run(ctx context.Context) error {
	for {
		turn, cancel := context.WithCancelCause(ctx)
		watched := make(chan struct{})
		go func() {
			defer close(watched)
			cancel(r.watch(turn))
		}()
		err := r.turn(turn)
		cause := context.Cause(turn)
		cancel(nil)
		<-watched // else it could take the token that is for the next turn
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(cause, errChanged), errors.Is(cause, errQuiet):
		case err != nil:
			r.h.kit.Log.Warn("relay log can't be followed", "err", err)
			if err := pause(ctx, time.Second); err != nil {
				return err
			}
		}
	}
}

var (
	errChanged   = errors.New("who reads has changed")
	errQuiet     = errors.New("nothing has come for a while")
	errFarBehind = errors.New("far behind")
)

// quietAfter is for how long nothing may come before the log is asked anew: a message that was lost on its way, or that
// the bus has forgotten to send, is not missed for longer, though no other comes behind it.
const quietAfter = 3 * time.Second

// watch returns why a turn must end.
func (r *reader) watch(turn context.Context) error {
	ticker := time.NewTicker(quietAfter)
	defer ticker.Stop()
	for handed := r.handed.Load(); ; {
		select {
		case <-turn.Done():
			return nil
		case <-r.changed:
			return errChanged
		case <-ticker.C:
			now := r.handed.Load()
			if now == handed {
				return errQuiet
			}
			handed = now
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// turn reads for those who read now. Near the log's end that is in the log's order; farther behind, end heights are read
// one after the other: those first whose claim window closes first and is not closed yet.
func (r *reader) turn(ctx context.Context) error {
	readers := r.now()
	r.behind.Store(0)
	if len(readers) == 0 {
		<-ctx.Done()
		return ctx.Err()
	}
	for {
		err := r.inOrder(ctx, readers)
		if !errors.Is(err, errFarBehind) {
			return err
		}
		if err := r.catchUp(ctx, readers); err != nil {
			return err
		}
	}
}

// inOrder hands on the log until it turns out to be far behind.
func (r *reader) inOrder(ctx context.Context, readers []*reading) error {
	of := byPartition(readers)
	return r.h.bus.Fold(ctx, bus.StreamRelays, r.subjects(readers, "*"), least(readers), func(m bus.Msg) error {
		if m.Pending > farBehind {
			return errFarBehind
		}
		return r.handOn(ctx, of, m, false)
	})
}

// catchUp hands on all that is in the log now, end height by end height.
func (r *reader) catchUp(ctx context.Context, readers []*reading) error {
	head, err := r.h.bus.LastSequence(ctx, bus.StreamRelays)
	if err != nil {
		return err
	}
	spans, err := r.backlog(ctx, readers)
	if err != nil {
		return err
	}
	of := byPartition(readers)
	r.h.kit.Log.Info("catching up", "stream_seq", least(readers), "head", head, "end_heights", len(spans))
	for _, span := range urgent(spans, r.h.height.Load()) {
		subjects := r.subjects(readers, fmt.Sprint(span.end))
		_, err := r.h.bus.ReplayFrom(ctx, bus.StreamRelays, subjects, least(readers), func(m bus.Msg) error {
			if m.Sequence > head {
				return nil
			}
			return r.handOn(ctx, of, m, true)
		})
		if err != nil {
			return err
		}
		for _, s := range readers {
			s.ahead[span.end] = max(s.ahead[span.end], head)
			if err := s.hand(ctx, fed{Msg: bus.Msg{Sequence: head}, end: span.end, alone: true, none: true}); err != nil {
				return err
			}
		}
	}
	for _, s := range readers {
		s.from = max(s.from, head+1)
		clear(s.ahead)
		if err := s.hand(ctx, fed{Msg: bus.Msg{Sequence: head}, none: true}); err != nil {
			return err
		}
	}
	return nil
}

// handOn gives a message to the partition that it is of, unless that has had it.
func (r *reader) handOn(ctx context.Context, of map[uint32]*reading, m bus.Msg, alone bool) error {
	partition, end, err := partOf(m.Subject)
	if err != nil {
		return err
	}
	s := of[uint32(partition)]
	if s == nil || m.Sequence < s.from || m.Sequence <= s.ahead[end] {
		return nil
	}
	if err := s.hand(ctx, fed{Msg: m, end: end, alone: alone}); err != nil {
		return err
	}
	if alone {
		s.ahead[end] = m.Sequence
	} else {
		s.from = m.Sequence + 1
	}
	r.handed.Add(1)
	r.behind.Store(m.Pending)
	r.stored.Store(m.Stored.UnixNano())
	return nil
}

// hand waits until the worker takes it, or is gone.
func (s *reading) hand(ctx context.Context, f fed) error {
	select {
	case s.out <- f:
		return nil
	default:
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.left:
		return nil
	case s.out <- f:
		return nil
	}
}

// subjects are those of the readers' partitions; of all partitions, when all are read.
func (r *reader) subjects(readers []*reading, end string) []string {
	if len(readers) == int(r.h.cfg.Partitions) {
		return []string{bus.RelayServedSubject("*", end)}
	}
	list := make([]string, len(readers))
	for i, s := range readers {
		list[i] = bus.RelayServedSubject(fmt.Sprint(s.partition), end)
	}
	return list
}

func byPartition(readers []*reading) map[uint32]*reading {
	of := map[uint32]*reading{}
	for _, s := range readers {
		of[s.partition] = s
	}
	return of
}

// least is the position from which somebody reads.
func least(readers []*reading) uint64 {
	from := readers[0].from
	for _, s := range readers {
		from = min(from, s.from)
	}
	return from
}

// lag is how long ago the last message before one that waits was logged.
func (r *reader) lag(now time.Time) time.Duration {
	if r.behind.Load() == 0 {
		return 0
	}
	return now.Sub(time.Unix(0, r.stored.Load()))
}
