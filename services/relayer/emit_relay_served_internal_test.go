package relayer

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
)

// absent is a bus that takes nothing while it is away.
type absent struct {
	publisher
	away atomic.Bool
}

func (a *absent) PublishContent(ctx context.Context, c bus.Content) (uint64, bool, error) {
	if a.away.Load() {
		<-ctx.Done()
		return 0, false, ctx.Err()
	}
	return a.publisher.PublishContent(ctx, c)
}

// leave makes the bus of a bench go away.
func leave(b *bench) *absent {
	a := &absent{publisher: b.log.bus}
	a.away.Store(true)
	b.log.bus = a
	return a
}

// withSpool gives the relayer a spool that goes to work at once, of at least size bytes.
func withSpool(dir string, size int64) func(*Config) {
	return func(c *Config) {
		c.Spool.Dir, c.Spool.After, c.Spool.MaxBytes = dir, 20*time.Millisecond, size
		c.MaxBody, c.Websocket.Frame = 1<<20, 1<<20
	}
}

// TestSpoolAnswers: while the bus is away relays are answered; when it is back, they are in the log.
func TestSpoolAnswers(t *testing.T) {
	b := newBench(t, withSpool(t.TempDir(), 1<<30))
	b.log.start()
	t.Cleanup(func() { b.log.close(time.Minute) })
	a := leave(b)
	for range 3 {
		req := b.Chat("{}")
		b.served(req, b.send(req))
	}
	require.Zero(t, b.messages())
	a.away.Store(false)
	require.Eventually(t, func() bool { return testutil.ToFloat64(b.metrics.spoolDrained) == 3 }, patience, often)
	var numbers []uint64
	for _, g := range b.groups() {
		require.Equal(t, b.log.incarnation, g.Relayer)
		for _, r := range g.Relays {
			numbers = append(numbers, r.Number)
		}
	}
	require.Equal(t, []uint64{1, 2, 3}, numbers)
}

// TestFullSpoolRefuses: new work is refused before the backend works, and taken again when there is room.
func TestFullSpoolRefuses(t *testing.T) {
	const size = 16 << 20
	b := newBench(t, withSpool(t.TempDir(), size))
	a := leave(b)
	_, err := b.log.spool.Append(bus.Content{Subject: bus.RelayServedSubject("0", "1"), Type: "lode.relay.v1.ServedGroup", Data: make([]byte, size-size/8)})
	require.NoError(t, err)
	got := b.send(b.Chat("{}"))
	require.Equal(t, http.StatusServiceUnavailable, got.status)
	require.Equal(t, "1", got.header.Get("Retry-After"))
	require.Equal(t, "the spool is full", errorOf(t, got))
	require.Zero(t, b.calls.Load(), "the backend did not work for nothing")
	a.away.Store(false)
	b.log.start()
	t.Cleanup(func() { b.log.close(time.Minute) })
	require.Eventually(t, func() bool { return b.log.room() == nil }, patience, often)
	req := b.Chat("{}")
	b.served(req, b.send(req))
}

// TestWithReply: the reply does not wait for the log. The end of the service does.
func TestWithReply(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Ack = ackWithReply })
	b.log.start()
	g := gate(b)
	req := b.Chat("{}")
	b.served(req, b.send(req))
	<-g.waiting
	require.Zero(t, b.messages())
	closed := make(chan struct{})
	go func() { defer close(closed); b.log.close(time.Minute) }()
	close(g.open)
	<-closed
	require.Equal(t, uint64(1), b.messages())
}

// TestTwoRelayersOneSpool: the second one does not start.
func TestTwoRelayersOneSpool(t *testing.T) {
	b := newBench(t, withSpool(t.TempDir(), 1<<30))
	_, err := New(t.Context(), b.cfg, quiet())
	require.ErrorContains(t, err, "in use by another relayer")
}
