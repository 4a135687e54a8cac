package relaylog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/relayer/spool"
)

// openSpool opens a spool that goes to work at once.
func openSpool(t testing.TB, dir string, edit ...func(*spool.Config)) *spool.Spool {
	t.Helper()
	counter := func() prometheus.Counter { return prometheus.NewCounter(prometheus.CounterOpts{}) }
	cfg := spool.Default()
	cfg.Dir = dir
	for _, f := range edit {
		f(&cfg)
	}
	s, err := spool.Open(cfg, slog.New(slog.DiscardHandler), spool.Metrics{
		Bytes: prometheus.NewGauge(prometheus.GaugeOpts{}), Stored: counter(), Drained: counter(),
		Errors: counter(), Torn: counter(), Damaged: counter(),
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// spooled makes a log's groups go to a spool after a time.
func spooled(s *spool.Spool, after time.Duration) func(*Options) {
	return func(o *Options) { o.Spool, o.After = s, after }
}

// background drains until the test ends, or stop is called.
func background(t testing.TB, l *Log) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { _ = l.Drain(ctx) })
	stop = func() { cancel(); done.Wait() }
	t.Cleanup(stop)
	return stop
}

// faulty is a bus that fails, or loses its acknowledgement, as often as fault says.
type faulty struct {
	mu     sync.Mutex
	fault  func() (stored, acknowledged bool)
	ids    map[string]bool
	stored []*relayv1.ServedGroup
}

var errLost = errors.New("no acknowledgement")

func (f *faulty) publish(_ context.Context, c bus.Content) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	stored, acknowledged := f.fault()
	if stored && !f.ids[c.ID] {
		g := new(relayv1.ServedGroup)
		if err := proto.Unmarshal(c.Data, g); err != nil {
			return err
		}
		f.ids[c.ID] = true
		f.stored = append(f.stored, g)
	}
	if !stored || !acknowledged {
		return errLost
	}
	return nil
}

// requireWhole fails unless each session's numbers are 1, 2, 3 … to n in the order of the log.
func requireWhole(t require.TestingT, groups []*relayv1.ServedGroup, sessions map[string]int) {
	got := map[string]int{}
	for _, g := range groups {
		for _, r := range g.Relays {
			id := g.Relayer + "/" + g.Terms[r.Terms].SessionId
			got[id]++
			require.Equal(t, uint64(got[id]), r.Number, "order of %s", id)
		}
	}
	require.Equal(t, sessions, got)
}

// TestNothingLostOutOfOrder: whatever publishes fail or lose their answers, every committed relay is in the log once,
// in the order of its numbers.
func TestNothingLostOutOfOrder(t *testing.T) {
	dir := t.TempDir()
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		script := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 60).Draw(rt, "faults") // 0, 1: all right; 2: lost; 3: stored, not said
		f := &faulty{ids: map[string]bool{}}
		f.fault = func() (bool, bool) {
			if len(script) == 0 {
				return true, true
			}
			now := script[0]
			script = script[1:]
			return now != 2, now < 2
		}
		s := openSpool(t, filepath.Join(dir, fmt.Sprint(round)))
		l := newLog(t, f.publish, spooled(s, 2*time.Millisecond))
		stop := background(t, l)
		const sessions, each = 3, 20
		want := map[string]int{}
		var all sync.WaitGroup
		for n := range sessions {
			id := fmt.Sprint(n)
			want["one/"+id] = each
			all.Go(func() {
				for range each {
					if err := l.Commit(context.Background(), terms(id, int64(10+n%2)), &relayv1.Served{}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		l.Close(context.Background())
		require.Eventually(t, func() bool {
			f.mu.Lock()
			defer f.mu.Unlock()
			return len(f.ids) > 0 && total(f.stored) == sessions*each
		}, patience, often)
		stop()
		require.NoError(rt, s.Close())
		requireWhole(rt, f.stored, want)
	})
}

func total(groups []*relayv1.ServedGroup) (n int) {
	for _, g := range groups {
		n += len(g.Relays)
	}
	return n
}

// TestSpoolWhileAway: a group that the bus does not take is spooled and counts; later ones, of other lanes too, do not
// try the bus; when it takes groups again they come in order, and then lanes are as before.
func TestSpoolWhileAway(t *testing.T) {
	r := newRecorder()
	s := openSpool(t, t.TempDir())
	l := newLog(t, r.publish, spooled(s, 10*time.Millisecond))
	require.NoError(t, l.Commit(t.Context(), terms("a", 10), &relayv1.Served{}), "counts")
	require.True(t, l.away.Load())
	require.NotEmpty(t, r.started)
	for len(r.started) > 0 {
		<-r.started
	}
	for range 3 {
		require.NoError(t, l.Commit(t.Context(), terms("a", 10), &relayv1.Served{}))
		require.NoError(t, l.Commit(t.Context(), terms("b", 20), &relayv1.Served{}))
	}
	require.Empty(t, r.started, "the bus was not asked")
	require.Equal(t, 7.0, testutil.ToFloat64(l.o.Metrics.Spooled))
	require.Equal(t, 1.0, testutil.ToFloat64(l.o.Metrics.Away))
	close(r.let)
	background(t, l)
	require.Eventually(t, func() bool { return r.relays() == 7 }, patience, often)
	require.Eventually(t, func() bool { return !l.away.Load() }, patience, often)
	l.o.After = time.Hour
	require.NoError(t, l.Commit(t.Context(), terms("a", 10), &relayv1.Served{}))
	require.Equal(t, 7.0, testutil.ToFloat64(l.o.Metrics.Spooled), "straight to the bus")
	requireWhole(t, r.stored, map[string]int{"one/a": 5, "one/b": 3})
	require.Len(t, r.stored, 4, "one that was tried, and of each lane one that was joined, and the last")
}

// TestNoRoomInSpool: a group that the spool does not take waits for the bus, behind what its lane has in the spool.
func TestNoRoomInSpool(t *testing.T) {
	r := newRecorder()
	s := openSpool(t, t.TempDir(), func(c *spool.Config) { c.MaxBytes = 1000 })
	l := newLog(t, r.publish, spooled(s, 10*time.Millisecond))
	require.NoError(t, l.Commit(t.Context(), terms("a", 10), &relayv1.Served{}))
	require.NoError(t, l.Room())
	l.o.MaxUnlogged = 1
	g := l.put(terms("a", 10), 1, 1000)[0]
	require.ErrorIs(t, l.Room(), ErrFull)
	close(r.let)
	background(t, l)
	<-g.done
	require.NoError(t, g.err)
	require.Equal(t, 1.0, testutil.ToFloat64(l.o.Metrics.Spooled))
	requireWhole(t, r.stored, map[string]int{"one/a": 2})
}

// TestRoomOfSpool: new work is refused when the spool has room only for what is under way.
func TestRoomOfSpool(t *testing.T) {
	r := newRecorder()
	s := openSpool(t, t.TempDir(), func(c *spool.Config) { c.MaxBytes = 10_000 })
	l := newLog(t, r.publish, spooled(s, 10*time.Millisecond))
	require.NoError(t, l.Commit(t.Context(), terms("a", 10), &relayv1.Served{Relay: make([]byte, 8_800)}))
	require.ErrorIs(t, l.Room(), spool.ErrFull)
	require.NoError(t, l.Commit(t.Context(), terms("a", 10), &relayv1.Served{}), "work that was under way")
	close(r.let)
	background(t, l)
	require.Eventually(t, func() bool { return l.Room() == nil }, patience, often)
	requireWhole(t, r.stored, map[string]int{"one/a": 2})
}

// TestCloseSpools: what still waits when the service ends is there for the next one, which drains it first.
func TestCloseSpools(t *testing.T) {
	dir := t.TempDir()
	r := newRecorder()
	s := openSpool(t, dir)
	l := newLog(t, r.publish, spooled(s, time.Hour), func(o *Options) { o.WithReply = true })
	for range 3 {
		require.NoError(t, l.Commit(t.Context(), terms("a", 10), &relayv1.Served{}))
	}
	<-r.started
	l.Close(over())
	require.Zero(t, l.lost.Load())
	require.NoError(t, s.Close())

	close(r.let)
	s = openSpool(t, dir)
	next := newLog(t, r.publish, spooled(s, time.Hour), func(o *Options) { o.Incarnation = "two" })
	require.NoError(t, next.Commit(t.Context(), terms("a", 10), &relayv1.Served{}), "it does not wait for the former one's")
	background(t, next)
	require.Eventually(t, func() bool { return r.relays() == 4 }, patience, often)
	requireWhole(t, r.stored, map[string]int{"one/a": 3, "two/a": 1})
}
