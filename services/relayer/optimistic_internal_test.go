package relayer

import (
	"net/http"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/facts/factstest"
)

func trusting(c *Config) {
	service := c.Services[factstest.Service]
	service.Validation = optimistic
	c.Services[factstest.Service] = service
}

// TestOptimistic: a relay is answered before it is verified. A good one is logged, a forged one was served for nothing.
func TestOptimistic(t *testing.T) {
	b := newBench(t, trusting)
	req := b.Chat("{}")
	b.served(req, b.send(req))
	b.late.under.Wait()
	require.Len(t, b.groups(), 1)
	require.Equal(t, http.StatusConflict, b.send(req).status)

	forged := b.Sign(b.Chat("[]"), factstest.Key(t, "stranger"))
	b.served(forged, b.send(forged))
	b.late.under.Wait()
	require.InDelta(t, 1, testutil.ToFloat64(b.metrics.unmined.WithLabelValues("signature")), 0)

	b.stake(0)
	b.block(11) // another session
	req = b.Chat("{}")
	b.served(req, b.send(req))
	b.late.under.Wait()
	require.InDelta(t, 1, testutil.ToFloat64(b.metrics.unmined.WithLabelValues("overservice")), 0)
	require.Len(t, b.groups(), 1)
	require.Empty(t, b.late.room)
}

// TestOptimisticIsBounded: when too many wait for their verification, relays are verified first.
func TestOptimisticIsBounded(t *testing.T) {
	b := newBench(t, trusting)
	for range maxLate {
		b.late.room <- struct{}{}
	}
	require.Equal(t, http.StatusForbidden, b.send(b.Sign(b.Chat("{}"), factstest.Key(t, "stranger"))).status)
	require.Zero(t, b.calls.Load())
}

// TestOptimisticChecksWhatIsCheap before the backend works.
func TestOptimisticChecksWhatIsCheap(t *testing.T) {
	b := newBench(t, trusting, deadBackend, trusting)
	require.Equal(t, http.StatusBadGateway, b.send(b.Chat("{}")).status)
	require.Equal(t, http.StatusBadRequest, b.post([]byte("\xff")).status)
	require.Empty(t, b.late.room)
	b.late.under.Wait()
	require.Zero(t, b.messages())
}
