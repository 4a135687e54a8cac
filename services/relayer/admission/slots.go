package admission

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// ErrBusy is returned when a slot could not be had in time: nothing was done, trying again later makes sense.
var ErrBusy = errors.New("too busy now")

// Class says who asks.
type Class bool

// Strangers have proven nothing yet; Known ones had valid work done before.
const (
	Stranger Class = false
	Known    Class = true
)

// Slots bounds the work of one kind that is under way, and the queue for it.
type Slots struct {
	all, strangers lane
	wait           time.Duration
}

// lane is a semaphore whose waiters are counted.
type lane struct {
	held    chan struct{}
	waiting atomic.Int64
	queue   int64
}

// NewSlots returns n slots, at least one, of which strangers hold at most a quarter, at least one. At most queue of each
// class wait, for at most wait.
func NewSlots(n, queue int, wait time.Duration) *Slots {
	n = max(1, n)
	s := &Slots{wait: wait}
	s.all.held, s.all.queue = make(chan struct{}, n), int64(queue)
	s.strangers.held, s.strangers.queue = make(chan struct{}, max(1, n/4)), int64(queue)
	return s
}

// Take returns when a slot is had; release gives it back, once. Otherwise the error is [ErrBusy] or ctx's.
func (s *Slots) Take(ctx context.Context, c Class) (release func(), err error) {
	until := time.Now().Add(s.wait)
	if c == Known {
		return s.all.release, s.all.take(ctx, until)
	}
	if err := s.strangers.take(ctx, until); err != nil {
		return nil, err
	}
	if err := s.all.take(ctx, until); err != nil {
		s.strangers.release()
		return nil, err
	}
	return func() { s.all.release(); s.strangers.release() }, nil
}

func (l *lane) release() { <-l.held }

func (l *lane) take(ctx context.Context, until time.Time) error {
	select {
	case l.held <- struct{}{}:
		return nil
	default:
	}
	if l.waiting.Add(1) > l.queue {
		l.waiting.Add(-1)
		return ErrBusy
	}
	defer l.waiting.Add(-1)
	late := time.NewTimer(time.Until(until))
	defer late.Stop()
	select {
	case l.held <- struct{}{}:
		return nil
	case <-late.C:
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}
