package relayer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/pocket/relay"
)

// Limits of one group: one bus message.
const (
	maxGroupRelays = 256
	maxGroupBytes  = 512 << 10
	// groupRoom is what a message may have beside one relay's request: a group that was almost full, with terms.
	groupRoom = maxGroupBytes + 512<<10
)

// publisher is the part of the bus that the relay log needs.
type publisher interface {
	PublishContent(ctx context.Context, c bus.Content) (sequence uint64, duplicate bool, err error)
}

// relayLog commits relays in groups. All relays of one lane (partition, session end height) that arrive while the
// lane's last group is being stored become its next group, so that nothing waits at low load and groups fill by
// themselves at high load.
//
// A lane has one publish under way, so what is stored is a prefix of what was numbered: the numbers of a session
// have no gap, whatever dies when. A publish is tried until the log has it; its id makes a repeated one harmless.
type relayLog struct {
	bus         publisher
	incarnation string
	partitions  uint32
	limit       int // relays not yet logged
	log         *slog.Logger
	metrics     *metrics

	ctx    context.Context // of the service: when it ends, publishing ends
	mu     sync.Mutex
	lanes  map[laneKey]*lane
	queued int // relays in all lanes
}

type laneKey struct {
	partition uint32
	end       int64
}

// lane is guarded by relayLog.mu.
type lane struct {
	groups  []*group          // oldest first; the last one is open
	busy    bool              // a goroutine publishes
	numbers map[string]uint64 // by supplier and session: last number given
	idleAt  int64             // height after which no relay of these sessions can come
}

// group is one message and those who wait for it. err is set before done is closed.
type group struct {
	message relayv1.ServedGroup
	terms   map[string]uint32 // by supplier and session: index into message.Terms
	bytes   int
	done    chan struct{}
	err     error
}

// errLogFull is returned when too many relays wait for the log.
var errLogFull = errors.New("the relay log does not keep up")

// room refuses new work, before it is done, while too many relays wait for the log.
func (l *relayLog) room() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.queued >= l.limit {
		return refuse(http.StatusServiceUnavailable, relay.Internal, "log_full", errLogFull)
	}
	return nil
}

// emitRelayServed returns when the relay is in the log. When ctx ends first the relay may still get there.
func (l *relayLog) emitRelayServed(ctx context.Context, terms *relayv1.Terms, served *relayv1.Served) error {
	traceServed(ctx, terms, served)
	g := l.enqueue(terms, served)
	select {
	case <-g.done:
		return g.err
	case <-ctx.Done():
		return fmt.Errorf("wait for the relay log: %w", ctx.Err())
	}
}

func (l *relayLog) enqueue(terms *relayv1.Terms, served *relayv1.Served) *group {
	id := terms.Supplier + "/" + terms.SessionId
	l.mu.Lock()
	defer l.mu.Unlock()
	key := laneKey{partitionOf(id, l.partitions), terms.EndHeight}
	ln := l.lanes[key]
	if ln == nil {
		ln = &lane{numbers: map[string]uint64{}, idleAt: terms.ClaimOpenHeight}
		l.lanes[key] = ln
	}
	g := ln.open(l.incarnation)
	ln.numbers[id]++
	served.Number = ln.numbers[id]
	g.add(id, terms, served)
	l.queued++
	l.metrics.queued.Set(float64(l.queued))
	if !ln.busy {
		ln.busy = true
		go l.drain(key, ln)
	}
	return g
}

// open returns the lane's last group, or a new one when that is full.
func (ln *lane) open(incarnation string) *group {
	if n := len(ln.groups); n > 0 {
		if g := ln.groups[n-1]; len(g.message.Relays) < maxGroupRelays && g.bytes < maxGroupBytes {
			return g
		}
	}
	g := &group{terms: map[string]uint32{}, done: make(chan struct{})}
	g.message.Relayer = incarnation
	ln.groups = append(ln.groups, g)
	return g
}

func (g *group) add(id string, terms *relayv1.Terms, served *relayv1.Served) {
	at, ok := g.terms[id]
	if !ok {
		at = uint32(len(g.message.Terms))
		g.terms[id] = at
		g.message.Terms = append(g.message.Terms, terms)
	}
	served.Terms = at
	g.message.Relays = append(g.message.Relays, served)
	g.bytes += len(served.Relay)
}

// drain publishes the lane's groups one after another until there is none.
func (l *relayLog) drain(key laneKey, ln *lane) {
	for {
		g := l.next(ln)
		if g == nil {
			return
		}
		g.err = l.publish(key, g)
		l.finish(g)
	}
}

func (l *relayLog) next(ln *lane) *group {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(ln.groups) == 0 {
		ln.busy = false
		return nil
	}
	g := ln.groups[0]
	ln.groups = ln.groups[1:]
	return g
}

func (l *relayLog) finish(g *group) {
	l.mu.Lock()
	l.queued -= len(g.message.Relays)
	l.metrics.queued.Set(float64(l.queued))
	l.mu.Unlock()
	l.metrics.groups.Observe(float64(len(g.message.Relays)))
	close(g.done)
}

// publish stores one group; it gives up only when the service ends.
func (l *relayLog) publish(key laneKey, g *group) error {
	content, err := bus.NewContent(bus.RelayServedSubject(fmt.Sprint(key.partition), fmt.Sprint(key.end)), &g.message)
	if err != nil {
		return err
	}
	start := time.Now()
	try := func() (struct{}, error) {
		ctx, cancel := context.WithTimeout(l.ctx, 5*time.Second)
		defer cancel()
		_, _, err := l.bus.PublishContent(ctx, content)
		return struct{}{}, err
	}
	policy := backoff.NewExponentialBackOff()
	policy.InitialInterval, policy.MaxInterval = 50*time.Millisecond, 2*time.Second
	_, err = backoff.Retry(l.ctx, try, backoff.WithBackOff(policy), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, wait time.Duration) {
			l.metrics.publishErrors.Inc()
			l.log.Warn("relay group not stored yet", "relays", len(g.message.Relays), "wait", wait, "err", err)
		}))
	l.metrics.publish.Observe(time.Since(start).Seconds())
	if err != nil {
		return fmt.Errorf("store relay group: %w", err)
	}
	return nil
}

// forget drops idle lanes of sessions that are sealed.
func (l *relayLog) forget(height int64) {
	const margin = 10 // blocks; a late reply may still come
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, ln := range l.lanes {
		if !ln.busy && height > ln.idleAt+margin {
			delete(l.lanes, key)
		}
	}
}
