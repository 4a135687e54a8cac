package smst

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// parallelLeaves is the number of leaves from which a root is worth more than
// one core.
const parallelLeaves = 1 << 14

// workersFor is how many cores the root of n leaves may use.
func workersFor(n int) int {
	if n < parallelLeaves {
		return 1
	}
	return runtime.GOMAXPROCS(0)
}

// inParallel runs work(0) to work(workers-1) side by side and waits for all.
func inParallel(workers int, work func(worker int)) {
	var wg sync.WaitGroup
	for w := 1; w < workers; w++ {
		wg.Go(func() { work(w) })
	}
	work(0)
	wg.Wait()
}

// tickets gives the numbers from 0 up, each to one worker.
type tickets struct{ next atomic.Int64 }

// take returns the next number, or false once all n are given out.
func (t *tickets) take(n int) (int, bool) {
	i := int(t.next.Add(1)) - 1
	return i, i < n
}
