package hasher

import (
	"context"
	"maps"
	"sync"
)

// workers are those that run, by partition.
type workers struct {
	mu   sync.Mutex
	of   map[uint32]*worker
	done sync.WaitGroup
}

func newWorkers() *workers { return &workers{of: map[uint32]*worker{}} }

// add notes a worker and gives it its context. It says no when there is one of this partition.
func (ws *workers) add(ctx context.Context, w *worker) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.of[w.partition] != nil || ctx.Err() != nil {
		return false
	}
	w.life, w.end = context.WithCancelCause(context.WithoutCancel(ctx))
	ws.of[w.partition] = w
	ws.done.Add(1)
	return true
}

func (ws *workers) remove(w *worker) {
	ws.mu.Lock()
	delete(ws.of, w.partition)
	ws.mu.Unlock()
	w.end(nil)
	ws.done.Done()
}

// all is a copy.
func (ws *workers) all() map[uint32]*worker {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	return maps.Clone(ws.of)
}

// keeping are the partitions that are owned, or about to be, and not being given.
func (ws *workers) keeping() map[uint32]bool {
	keep := map[uint32]bool{}
	for p, w := range ws.all() {
		if w.life.Err() == nil {
			keep[p] = true
		}
	}
	return keep
}

// give lets a worker hand its partition over.
func (ws *workers) give(partition uint32) {
	if w := ws.all()[partition]; w != nil {
		w.end(errGiven)
	}
}

// stop lets all hand over, and waits until ctx ends.
func (ws *workers) stop(ctx context.Context) {
	for _, w := range ws.all() {
		w.end(errGiven)
	}
	done := make(chan struct{})
	go func() { ws.done.Wait(); close(done) }()
	select {
	case <-ctx.Done():
	case <-done:
	}
}

// loaded lists the partitions that are folded here.
func (ws *workers) loaded() []uint32 {
	have := map[uint32]bool{}
	for p, w := range ws.all() {
		if w.loaded.Load() {
			have[p] = true
		}
	}
	return sorted(have)
}

// leaves is how many are in memory.
func (ws *workers) leaves() (n uint64) {
	for _, w := range ws.all() {
		n += uint64(w.leaves.Load())
	}
	return n
}

// owed is how much is to be sealed and said now.
func (ws *workers) owed() (n int64) {
	for _, w := range ws.all() {
		n += w.owed.Load()
	}
	return n
}
