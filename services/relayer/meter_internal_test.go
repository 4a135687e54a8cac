package relayer

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/relayer/exposure"
)

// another starts a second relayer of the same suppliers, on the same bus and chain.
func (b *bench) another() (s *Relayer, url string) {
	b.t.Helper()
	s = open(b.t, b.cfg)
	background(b.t, s.onBlockCommitted)
	require.Eventually(b.t, func() bool { return s.height.Load() == b.Height() }, patience, often)
	server := httptest.NewServer(s)
	b.t.Cleanup(server.Close)
	return s, server.URL
}

// exhaust sends relays to each relayer, several at a time, until it refuses them, and returns how many were served.
func (b *bench) exhaust(urls ...string) int {
	b.t.Helper()
	var served, number atomic.Int64
	var all sync.WaitGroup
	refused := make(chan string, 8*len(urls))
	for _, url := range urls {
		for range 4 {
			all.Go(func() {
				for {
					got, err := http.Post(url, "application/x-protobuf", bytes.NewReader(encoded(b.t, b.Chat(strconv.FormatInt(number.Add(1), 10)))))
					if err != nil || got.StatusCode != http.StatusOK {
						refused <- verdict(got, err)
						return
					}
					_ = got.Body.Close()
					served.Add(1)
				}
			})
		}
	}
	all.Wait()
	for range 4 * len(urls) {
		require.Equal(b.t, "429 Too Many Requests", <-refused)
	}
	return int(served.Load())
}

func verdict(got *http.Response, err error) string {
	if err != nil {
		return err.Error()
	}
	_ = got.Body.Close()
	return got.Status
}

// TestTwoRelayersOneBudget: two relayers serve what the application's stake covers, to the relay, and a third nothing.
func TestTwoRelayersOneBudget(t *testing.T) {
	const relays = 101
	b := newBench(t)
	b.stake(relays)
	second, url := b.another()
	require.Equal(t, relays, b.exhaust(b.url, url))
	logged := 0
	for _, g := range b.groups() {
		logged += len(g.Relays)
	}
	require.Equal(t, relays, logged)
	b.meter.close(patience)
	second.meter.close(patience)
	_, third := b.another()
	require.Zero(t, b.exhaust(third))
}

// TestMeterOutlivesItsRelayer: a relayer that is started again goes on where the last one was.
func TestMeterOutlivesItsRelayer(t *testing.T) {
	b := newBench(t)
	b.stake(30)
	for range 11 {
		req := b.Chat("{}")
		b.served(req, b.send(req))
	}
	b.meter.close(patience)
	_, url := b.another()
	require.Equal(t, 19, b.exhaust(url))
}

// TestMeterWithoutBucket: what happens to relays while the budgets cannot be asked for is the operator's choice, and
// decided before the backend works.
func TestMeterWithoutBucket(t *testing.T) {
	closed := newBench(t, func(c *Config) { c.Meter.OnBusFailure = exposure.Closed })
	require.NoError(t, closed.bus.JS.DeleteKeyValue(t.Context(), bus.BucketMeter))
	got := closed.send(closed.Chat("{}"))
	require.Equal(t, http.StatusServiceUnavailable, got.status)
	require.Equal(t, "1", got.header.Get("Retry-After"))
	require.Contains(t, errorOf(t, got), "the bus does not answer")
	require.InDelta(t, 1, testutil.ToFloat64(closed.metrics.refused.WithLabelValues("meter")), 0)
	require.Zero(t, closed.calls.Load())

	open := newBench(t)
	open.stake(3)
	require.NoError(t, open.bus.JS.DeleteKeyValue(t.Context(), bus.BucketMeter))
	require.Equal(t, 3, open.exhaust(open.url))
	require.Equal(t, int32(3), open.calls.Load())
}
