package relaylog

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
)

// load commits relays of many sessions until it is stopped, and counts those that were committed.
type load struct {
	l         *Log
	stop      atomic.Bool
	committed [16]int // by session
	total     atomic.Int64
	failed    atomic.Int64
	all       sync.WaitGroup
}

func (d *load) start() {
	for n := range d.committed {
		d.all.Go(func() {
			for !d.stop.Load() {
				err := d.l.Commit(context.Background(), terms(fmt.Sprint(n), int64(10+n%3)), &relayv1.Served{Relay: make([]byte, 500)})
				if err != nil {
					d.failed.Add(1)
					return
				}
				d.committed[n]++
				d.total.Add(1)
			}
		})
	}
}

// more waits until that many more relays were committed.
func (d *load) more(t *testing.T, relays int64) {
	t.Helper()
	want := d.total.Load() + relays
	require.Eventually(t, func() bool { return d.total.Load() >= want || d.failed.Load() > 0 }, patience, often)
	require.Zero(t, d.failed.Load())
}

// TestBusGoesAndComes: the real server is stopped under load and started again, twice. Relays are committed all the
// time; in the end each is in the log, once, and those of a session are in the order of their numbers.
func TestBusGoesAndComes(t *testing.T) {
	r := bustest.NewRestartable(t)
	b := bustest.Dial(t, r.URL(), "relayer")
	require.NoError(t, b.Apply(t.Context(), 1))
	publish := func(ctx context.Context, c bus.Content) error {
		_, _, err := b.PublishContent(ctx, c)
		return err
	}
	s := openSpool(t, t.TempDir())
	l := newLog(t, publish, spooled(s, 100*time.Millisecond), func(o *Options) { o.Partitions = 4 })
	background(t, l)
	d := &load{l: l}
	d.start()
	d.more(t, 500)
	for range 2 {
		r.Stop()
		d.more(t, 3000) // by the spool: there is no bus
		require.Eventually(t, l.away.Load, patience, often)
		r.Start()
		require.Eventually(t, func() bool { return !l.away.Load() }, patience, often)
		d.more(t, 500)
	}
	d.stop.Store(true)
	d.all.Wait()
	require.Positive(t, testutil.ToFloat64(l.o.Metrics.Spooled))
	l.Close(t.Context())
	want := map[string]int{}
	for n, committed := range d.committed {
		want["one/"+fmt.Sprint(n)] = committed
	}
	end := int64(0)
	for _, ln := range l.lanes {
		end = max(end, ln.spooled)
	}
	require.NoError(t, s.AwaitDrained(t.Context(), end))
	t.Logf("%d relays, %v of them by the spool, %d bytes of it", d.total.Load(), testutil.ToFloat64(l.o.Metrics.Spooled), end)
	groups := replay(t, b)
	requireWhole(t, groups, want)
	require.Equal(t, int(d.total.Load()), total(groups))
}

// replay reads the whole log.
func replay(t *testing.T, b *bus.Bus) (groups []*relayv1.ServedGroup) {
	_, err := b.Replay(t.Context(), bus.StreamRelays, []string{bus.RelayServedFilter}, func(m bus.Msg) error {
		g := new(relayv1.ServedGroup)
		groups = append(groups, g)
		return proto.Unmarshal(m.Data, g)
	})
	require.NoError(t, err)
	return groups
}
