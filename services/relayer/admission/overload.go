package admission

import (
	"context"
	"math/rand/v2"
	"runtime"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

// Overload sheds a share of new work, so that the rest is done in time. What it goes by is how long goroutines that could
// run wait for a processor: the one queue that everything in a process stands in, and the only one that is empty while a
// slow model server keeps many requests open. (Concurrency limits that go by a request's whole duration can't tell the
// two apart.) The share follows the wait as in PIE (RFC 8033): up by what the wait exceeds its target and by how fast it
// grows, down the same way. While only a few goroutines wait, other processes are why they do: shedding would not help.
type Overload struct {
	target time.Duration
	share  atomic.Uint32 // of new work that is shed, in 1/2^32
	law    law
	past   []uint64 // counts of the histogram at the last step
}

// law is the controller: it knows no clock.
type law struct {
	target, before float64 // seconds
	share          float64 // 0 to most
}

// Parts of the law. A wait of twice the target adds a tenth at each step.
const (
	step    = 10 * time.Millisecond
	gain    = 0.05
	rising  = 0.1
	most    = 0.98
	percent = 90 // of the waits that must be below the target
	few     = 8  // goroutines that wait, for each processor
)

// NewOverload keeps nine in ten waits below target; 0 never sheds.
func NewOverload(target time.Duration) *Overload {
	return &Overload{target: target, law: law{target: target.Seconds()}}
}

// Run follows the wait until ctx ends.
func (o *Overload) Run(ctx context.Context) {
	if o.target <= 0 {
		return
	}
	sample := []metrics.Sample{{Name: "/sched/latencies:seconds"}, {Name: "/sched/goroutines/runnable:goroutines"}}
	ticks := time.NewTicker(step)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			metrics.Read(sample)
			wait := o.wait(sample[0].Value.Float64Histogram())
			if sample[1].Value.Uint64() < uint64(few*runtime.GOMAXPROCS(0)) {
				wait = 0
			}
			o.set(o.law.next(wait))
		}
	}
}

func (o *Overload) set(share float64) { o.share.Store(uint32(share * (1 << 32))) }

// Share is the share of new work that is shed now, from 0 to 1.
func (o *Overload) Share() float64 { return float64(o.share.Load()) / (1 << 32) }

// Shed tells whether this piece of new work must not be begun.
func (o *Overload) Shed() bool {
	share := o.share.Load()
	return share != 0 && rand.Uint32() < share
}

// next returns the share that follows a wait, in seconds.
func (l *law) next(wait float64) float64 {
	excess := min(wait/l.target, 4) - 1
	growth := min(max((wait-l.before)/l.target, -4), 4)
	l.before = wait
	l.share = min(max(l.share+gain*excess+rising*growth*gain, 0), most)
	return l.share
}

// wait is the percentile of the waits since the last call, in seconds; 0 when there were none.
func (o *Overload) wait(h *metrics.Float64Histogram) float64 {
	if o.past == nil {
		o.past = make([]uint64, len(h.Counts))
	}
	var total, seen uint64
	for i, n := range h.Counts {
		total += n - o.past[i]
	}
	at := 0.0
	for i, n := range h.Counts {
		seen += n - o.past[i]
		o.past[i] = n
		if at == 0 && total > 0 && seen*100 >= total*percent {
			at = h.Buckets[i] // its lower end; the lowest is −∞, or 0
		}
	}
	return max(at, 0)
}
