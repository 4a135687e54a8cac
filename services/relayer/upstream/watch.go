package upstream

import (
	"context"
	"fmt"
	"time"
)

// watch cancels a call that makes its caller wait too long: for the first byte, or between two pieces.
type watch struct {
	timer *time.Timer
	idle  time.Duration
	begun bool // the first byte came
}

// newWatch begins to wait for the first byte.
func newWatch(first, idle time.Duration, cancel context.CancelCauseFunc) *watch {
	return &watch{idle: idle, timer: time.AfterFunc(first, func() { cancel(fmt.Errorf("%w: no byte came", ErrTimeout)) })}
}

// wait is called before a read.
func (w *watch) wait() {
	if w.begun {
		w.timer.Reset(w.idle)
	}
}

// came is called after a read of n bytes.
func (w *watch) came(n int) {
	w.begun = w.begun || n > 0
	if w.begun {
		w.timer.Stop()
	}
}

func (w *watch) stop() { w.timer.Stop() }
