package upstream

import (
	"context"
	"sync"
	"time"
)

// budget is how many calls may be made twice: each call earns its percentage of one.
type budget struct {
	mu    sync.Mutex
	earns float64
	has   float64
}

// maxBudget bounds what is saved up, in calls: a backend that turns slow is not hit by all that was saved in good times.
const maxBudget = 10

func newBudget(percent float64) *budget { return &budget{earns: percent / 100} }

func (b *budget) earn() {
	if b.earns == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.has = min(b.has+b.earns, maxBudget)
}

func (b *budget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.has < 1 {
		return false
	}
	b.has--
	return true
}

func (g *group) mayHedge(c *Call) bool {
	return g.cfg.HedgePercent > 0 && len(g.endpoints) > 1 && c.repeatable()
}

// racer is one of two calls, and how it went.
type racer struct {
	id  int
	res *Response
	err error
}

func (r racer) good() bool { return r.err == nil && !overloaded(r.res.Status) }

// hedged makes a second call when the first takes long and the budget allows it. The first good answer wins; when
// there is none, the last one is the answer.
func (g *group) hedged(ctx context.Context, cancel context.CancelFunc, c *Call) (*Response, error) {
	first := g.choose(c, nil)
	if first == nil {
		return g.attempts(ctx, cancel, c, nil)
	}
	out := make(chan racer, 2)
	stops := []context.CancelFunc{g.race(ctx, c, first, 0, out)}
	timer := time.NewTimer(g.cfg.HedgeAfter)
	defer timer.Stop()
	for running := 1; ; {
		select {
		case <-timer.C:
			if l := g.second(c, first.endpoint); l != nil {
				stops = append(stops, g.race(ctx, c, l, 1, out))
				running++
			}
		case r := <-out:
			running--
			if !r.good() && running > 0 {
				r.drop()
				continue
			}
			if running > 0 {
				stops[1-r.id]()
				go func() { (<-out).drop() }()
			}
			return r.res.closes(cancel), r.err
		}
	}
}

// drop gives up an answer.
func (r racer) drop() {
	if r.res != nil {
		_ = r.res.Body.Close()
	}
}

// second takes another endpoint if the budget has a call left.
func (g *group) second(c *Call, first *endpoint) *lease {
	l := g.choose(c, []*endpoint{first})
	if l != nil && !g.budget.spend() {
		l.end(errExcluded)
		return nil
	}
	return l
}

// race makes a call beside another one and returns what ends it early.
func (g *group) race(ctx context.Context, c *Call, l *lease, id int, out chan<- racer) context.CancelFunc {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		res, err := g.attempts(ctx, cancel, c, l)
		out <- racer{id: id, res: res, err: err}
	}()
	return cancel
}
