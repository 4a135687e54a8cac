package relaylog

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

const (
	patience = 20 * time.Second
	often    = time.Millisecond
)

// recorder keeps what is published; each publish waits for let.
type recorder struct {
	let     chan struct{}
	started chan struct{}
	mu      sync.Mutex
	stored  []*relayv1.ServedGroup
	to      []string
}

func newRecorder() *recorder {
	return &recorder{let: make(chan struct{}), started: make(chan struct{}, 10_000)}
}

func (r *recorder) publish(ctx context.Context, c bus.Content) error {
	r.started <- struct{}{}
	select {
	case <-r.let:
	case <-ctx.Done():
		return ctx.Err()
	}
	g := new(relayv1.ServedGroup)
	if err := proto.Unmarshal(c.Data, g); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stored = append(r.stored, g)
	r.to = append(r.to, c.Subject)
	return nil
}

// count is how many groups are stored.
func (r *recorder) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.stored)
}

// relays is how many relays are stored.
func (r *recorder) relays() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return total(r.stored)
}

func counters() Metrics {
	counter := func() prometheus.Counter { return prometheus.NewCounter(prometheus.CounterOpts{}) }
	gauge := func() prometheus.Gauge { return prometheus.NewGauge(prometheus.GaugeOpts{}) }
	histogram := func() prometheus.Histogram { return prometheus.NewHistogram(prometheus.HistogramOpts{}) }
	return Metrics{
		Queued: gauge(), Groups: histogram(), Store: histogram(), PublishErrors: counter(),
		Spooled: counter(), Away: gauge(), Lost: counter(),
	}
}

// newLog makes a log of one partition; edit changes it.
func newLog(t testing.TB, publish func(context.Context, bus.Content) error, edit ...func(*Options)) *Log {
	t.Helper()
	o := Options{
		Incarnation: "one", Partitions: 1, MaxUnlogged: 10_000, Publish: publish,
		After: time.Hour, Log: slog.New(slog.DiscardHandler), Metrics: counters(),
	}
	for _, f := range edit {
		f(&o)
	}
	l := New(o)
	t.Cleanup(l.cancel)
	return l
}

func terms(session string, end int64) *relayv1.Terms {
	return &relayv1.Terms{Supplier: "s", SessionId: session, EndHeight: end, ClaimOpenHeight: end + 3}
}

// put queues n relays of a session and returns the groups they are in.
func (l *Log) put(t *relayv1.Terms, n, size int) (groups []*group) {
	for range n {
		groups = append(groups, l.enqueue(t, &relayv1.Served{Relay: make([]byte, size)}))
	}
	return groups
}

// over is a context that has ended.
func over() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// TestGroupsFillWhileOneIsStored: the first relay goes alone, at once, though nothing lets a group be full or a time
// pass; all that come meanwhile go together, as far as a group takes them.
func TestGroupsFillWhileOneIsStored(t *testing.T) {
	r := newRecorder()
	l := newLog(t, r.publish)
	groups := l.put(terms("a", 10), 1, 1)
	<-r.started
	groups = append(groups, l.put(terms("a", 10), maxRelays, 1)...)
	groups = append(groups, l.put(terms("b", 10), 3, maxBytes/2)...)
	close(r.let)
	for _, g := range groups {
		<-g.done
		require.NoError(t, g.err)
	}
	require.Len(t, r.stored, 4)
	var sizes []int
	numbers := map[string]uint64{}
	for _, g := range r.stored {
		sizes = append(sizes, len(g.Relays))
		for _, served := range g.Relays {
			session := g.Terms[served.Terms].SessionId
			numbers[session]++
			require.Equal(t, numbers[session], served.Number)
		}
	}
	require.Equal(t, []int{1, maxRelays, 2, 1}, sizes, "by number, then by bytes")
	require.NoError(t, l.Room())
}

// TestNothingWaitsAtLowLoad: relays that come one after another are groups of one, each published when it comes.
func TestNothingWaitsAtLowLoad(t *testing.T) {
	r := newRecorder()
	l := newLog(t, r.publish)
	for n := range 5 {
		done := make(chan error, 1)
		go func() { done <- l.Commit(t.Context(), terms("a", 10), &relayv1.Served{}) }()
		<-r.started // by the relay's coming alone
		r.let <- struct{}{}
		require.NoError(t, <-done)
		require.Len(t, r.stored, n+1)
	}
}

// TestLanesDoNotWaitForEachOther: sessions that end at another height are another subject.
func TestLanesDoNotWaitForEachOther(t *testing.T) {
	r := newRecorder()
	l := newLog(t, r.publish)
	l.put(terms("a", 10), 1, 1)
	<-r.started
	l.put(terms("b", 20), 1, 1)
	<-r.started // while the other is still under way
	close(r.let)
	require.Eventually(t, func() bool { return r.count() == 2 }, patience, often)
	require.ElementsMatch(t, []string{"lode.relay.served.0.10", "lode.relay.served.0.20"}, r.to)
}

// TestRoom: work is refused while too much waits, not while it is stored.
func TestRoom(t *testing.T) {
	r := newRecorder()
	l := newLog(t, r.publish, func(o *Options) { o.MaxUnlogged = 2 })
	groups := l.put(terms("a", 10), 1, 1)
	require.NoError(t, l.Room())
	groups = append(groups, l.put(terms("a", 10), 1, 1)...)
	require.ErrorIs(t, l.Room(), ErrFull)
	close(r.let)
	for _, g := range groups {
		<-g.done
	}
	require.NoError(t, l.Room())
}

// TestWithReply: nobody waits for the log; the end of the service does.
func TestWithReply(t *testing.T) {
	r := newRecorder()
	l := newLog(t, r.publish, func(o *Options) { o.WithReply = true })
	for range 3 {
		require.NoError(t, l.Commit(t.Context(), terms("a", 10), &relayv1.Served{}))
	}
	<-r.started
	require.Zero(t, r.count())
	closed := make(chan struct{})
	go func() { defer close(closed); l.Close(context.Background()) }()
	close(r.let)
	<-closed
	relays := 0
	for _, g := range r.stored {
		relays += len(g.Relays)
	}
	require.Equal(t, 3, relays)
}

// TestPublishingEndsWithTheService: nobody waits for ever, and what is given up is counted.
func TestPublishingEndsWithTheService(t *testing.T) {
	r := newRecorder()
	l := newLog(t, r.publish)
	groups := l.put(terms("a", 10), 1, 1)
	<-r.started
	groups = append(groups, l.put(terms("a", 10), 1, 1)...)
	l.Close(over())
	for _, g := range groups {
		<-g.done
		require.ErrorIs(t, g.err, context.Canceled)
		require.ErrorContains(t, g.err, "store relay group")
	}
	require.Equal(t, int64(2), l.lost.Load())
}

// TestForgetKeepsWhatIsNeeded: a lane goes when its sessions take no more relays and nothing waits in it.
func TestForgetKeepsWhatIsNeeded(t *testing.T) {
	r := newRecorder()
	l := newLog(t, r.publish)
	g := l.put(terms("a", 10), 1, 1)[0]
	<-r.started
	l.Forget(1000)
	require.Len(t, l.lanes, 1, "busy")
	close(r.let)
	<-g.done
	l.Forget(23)
	require.Len(t, l.lanes, 1, "a late reply may still come")
	require.Eventually(t, func() bool { l.Forget(24); return len(l.lanes) == 0 }, patience, often)
}

// TestTurns: no more groups than may be are on their way, lanes that wait fill, and all get their turn.
func TestTurns(t *testing.T) {
	const lanes, each = 6, 5
	r := newRecorder()
	l := newLog(t, r.publish, func(o *Options) { o.Publishes = 2 })
	var groups []*group
	for range each {
		for end := range lanes {
			groups = append(groups, l.put(terms("a", int64(end)), 1, 1)...)
		}
		if len(groups) == lanes {
			<-r.started
			<-r.started
		}
	}
	select {
	case <-r.started:
		t.Fatal("a third group is on its way")
	default:
	}
	close(r.let)
	for _, g := range groups {
		<-g.done
		require.NoError(t, g.err)
	}
	require.Equal(t, lanes*each, r.relays())
	require.Equal(t, 2+lanes, r.count(), "two went with one relay, then each lane once with all that it had")
}
