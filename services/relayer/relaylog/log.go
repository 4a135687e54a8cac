package relaylog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/relayer/spool"
)

// ErrFull is returned when too many relays wait for the log.
var ErrFull = errors.New("the relay log does not keep up")

// Options are what a log is made of.
type Options struct {
	Incarnation string // this start of the process; no other one has the same
	Partitions  uint32
	MaxUnlogged int  // relays that wait before Room refuses
	WithReply   bool // Commit does not wait
	// Publishes is how many groups are on their way to the bus at a time; 0: one of each lane.
	Publishes int
	// Publish returns when the bus has stored the group.
	Publish func(context.Context, bus.Content) error
	Spool   *spool.Spool  // nil: none
	After   time.Duration // how long a group is tried before it goes to the spool
	Log     *slog.Logger
	Metrics Metrics
}

// Metrics are what a log counts; the service names them.
type Metrics struct {
	Queued        prometheus.Gauge     // relays that wait
	Groups        prometheus.Histogram // relays in one group
	Store         prometheus.Histogram // seconds until a group was stored
	PublishErrors prometheus.Counter   // attempts that failed
	Spooled       prometheus.Counter   // relays that went to the spool
	Away          prometheus.Gauge     // 1 while groups go to the spool because the bus does not take them
	Lost          prometheus.Counter   // relays given up because the process ends
}

// Log is the relay log of one process. Make it with New, end it with Close.
type Log struct {
	o      Options
	ctx    context.Context // when it ends, publishing ends
	cancel context.CancelFunc
	away   atomic.Bool // the bus did not take a group in time, and none since
	lost   atomic.Int64
	stores sync.WaitGroup
	turns  chan struct{} // holds one of each publish under way; nil: no bound

	mu     sync.Mutex
	lanes  map[laneKey]*lane
	queued int // relays in all lanes
}

// New makes a log; it starts nothing.
func New(o Options) *Log {
	ctx, cancel := context.WithCancel(context.Background())
	l := &Log{o: o, ctx: ctx, cancel: cancel, lanes: map[laneKey]*lane{}}
	if o.Publishes > 0 {
		l.turns = make(chan struct{}, o.Publishes)
	}
	return l
}

// Room refuses new work, before it is done: ErrFull while too many relays wait, spool.ErrFull while the spool has room
// only for what is under way.
func (l *Log) Room() error {
	l.mu.Lock()
	full := l.queued >= l.o.MaxUnlogged
	l.mu.Unlock()
	if full {
		return ErrFull
	}
	if l.o.Spool != nil {
		return l.o.Spool.Room()
	}
	return nil
}

// Commit numbers a relay. It returns when the relay is in the log or in the spool; with WithReply at once. When ctx
// ends first the relay may still get there.
func (l *Log) Commit(ctx context.Context, terms *relayv1.Terms, served *relayv1.Served) error {
	g := l.enqueue(terms, served)
	if l.o.WithReply {
		return nil
	}
	select {
	case <-g.done:
		return g.err
	case <-ctx.Done():
		return fmt.Errorf("wait for the relay log: %w", ctx.Err())
	}
}

func (l *Log) enqueue(terms *relayv1.Terms, served *relayv1.Served) *group {
	key := laneKey{bus.Partition(idOf(terms), l.o.Partitions), terms.EndHeight}
	l.mu.Lock()
	defer l.mu.Unlock()
	ln := l.lanes[key]
	if ln == nil {
		ln = &lane{key: key, numbers: map[string]uint64{}, idleAt: terms.ClaimOpenHeight}
		l.lanes[key] = ln
	}
	g := ln.add(l.o.Incarnation, terms, served)
	l.count(1)
	if !ln.busy {
		ln.busy = true
		l.stores.Add(1)
		go l.storeAll(ln)
	}
	return g
}

// count changes the number of relays that wait; mu is held.
func (l *Log) count(relays int) {
	l.queued += relays
	l.o.Metrics.Queued.Set(float64(l.queued))
}

// storeAll stores the lane's groups one after another until there is none.
func (l *Log) storeAll(ln *lane) {
	defer l.stores.Done()
	for born := l.oldest(ln); !born.IsZero(); born = l.oldest(ln) {
		l.storeNext(ln, born)
	}
}

// oldest is when the lane's next group was begun; zero: there is none, and the lane is idle.
func (l *Log) oldest(ln *lane) (born time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(ln.groups) == 0 {
		ln.busy = false
		return born
	}
	return ln.groups[0].born
}

// next closes the lane's oldest group: no more relays come into it.
func (l *Log) next(ln *lane) *group {
	l.mu.Lock()
	defer l.mu.Unlock()
	g := ln.groups[0]
	ln.groups = ln.groups[1:]
	return g
}

func (l *Log) finish(g *group) {
	relays := len(g.message.Relays)
	l.mu.Lock()
	l.count(-relays)
	l.mu.Unlock()
	l.o.Metrics.Groups.Observe(float64(relays))
	if g.err != nil {
		l.lost.Add(int64(relays))
		l.o.Metrics.Lost.Add(float64(relays))
	}
	close(g.done)
}

// Forget drops idle lanes of sessions that are sealed at height.
func (l *Log) Forget(height int64) {
	const margin = 10 // blocks; a late reply may still come
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, ln := range l.lanes {
		if !ln.busy && height > ln.idleAt+margin {
			delete(l.lanes, key)
		}
	}
}

// Close waits until all relays are stored, at most until ctx ends; then what still waits goes to the spool, or is given
// up where there is none. Nobody commits any more.
func (l *Log) Close(ctx context.Context) {
	stop := context.AfterFunc(ctx, l.cancel)
	defer stop()
	l.stores.Wait()
	l.cancel()
	if n := l.lost.Load(); n > 0 {
		l.o.Log.Error("relays not logged", "relays", n, "answered", l.o.WithReply)
	}
}
