package drill

import (
	"sync"
	"time"
)

// gaps measures how long nobody was answered.
type gaps struct {
	mu      sync.Mutex
	last    time.Time     // answer
	longest time.Duration // between two answers
	since   time.Duration // the same, since the last mark
	over    bool
}

func (g *gaps) begin(now time.Time) { g.last = now }

func (g *gaps) answer(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.over {
		g.note(now)
		g.last = now
	}
}

// note counts the time since the last answer.
func (g *gaps) note(now time.Time) {
	d := now.Sub(g.last)
	g.longest, g.since = max(g.longest, d), max(g.since, d)
}

// mark begins a new measurement beside the longest of all.
func (g *gaps) mark(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.note(now)
	g.since = 0
}

// marked is the longest time without an answer since the mark.
func (g *gaps) marked(now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.note(now)
	return g.since
}

// end is the longest time of all; later answers do not count.
func (g *gaps) end(now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.note(now)
	g.over = true
	return g.longest
}
