package hasher

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// A settled session leaves memory at once, and the log when analytics has read it.
func TestEndedSessionsAreForgottenAndPurged(t *testing.T) {
	w := newWorld(t)
	h := w.start()
	terms, open := termsOf("s1", "aa", half), termsOf("s1", "bb", half)
	open.EndHeight = 30
	last := w.serve(some(0, 5), terms)
	kept := w.say("lode.relay.served.3.30", group(some(0, 5), []*relayv1.Terms{open}))
	w.block(22)
	w.fact(terms)
	w.ended(terms)
	eventually(t, func() bool { return !h.holds(keyOf(terms)) }, "session forgotten")

	height := int64(23)
	w.stepped(h, &height) // no analytics yet: nothing has been read
	require.Equal(t, 2, w.messages(bus.StreamRelays, bus.RelayServedFilter))

	reader, err := w.bus.JS.CreateOrUpdateConsumer(t.Context(), bus.StreamRelays, jetstream.ConsumerConfig{
		Durable: "analytics-relay-served", AckPolicy: jetstream.AckExplicitPolicy,
	})
	require.NoError(t, err)
	w.stepped(h, &height) // it is there, but has not read
	require.Equal(t, 2, w.messages(bus.StreamRelays, bus.RelayServedFilter))

	for range 2 {
		m, err := reader.Next()
		require.NoError(t, err)
		require.NoError(t, m.DoubleAck(t.Context()))
	}
	w.block(height)
	eventually(t, func() bool { return w.messages(bus.StreamRelays, bus.RelayServedFilter) == 1 }, "ended session purged")
	require.Error(t, w.bus.At(t.Context(), bus.StreamRelays, last, new(relayv1.ServedGroup)))
	require.NoError(t, w.bus.At(t.Context(), bus.StreamRelays, kept, new(relayv1.ServedGroup)))
	require.True(t, h.holds(keyOf(open)))
}

func (r *running) holds(k key) bool {
	r.state.mu.Lock()
	defer r.state.mu.Unlock()
	return r.state.trees[k] != nil
}

// stepped makes blocks until the hasher has surely tried to purge: sealing comes before it, in turn.
func (w *world) stepped(h *running, height *int64) {
	w.t.Helper()
	for range 2 {
		marker := termsOf("marker", "m"+string(rune('a'+*height%26)), half)
		marker.EndHeight = 30
		s := h.state
		s.mu.Lock()
		s.trees[keyOf(marker)] = newTree(marker) // not from the log, which this test counts
		s.mu.Unlock()
		w.block(*height)
		*height++
		w.fact(marker)
	}
}

// What has ended is not folded again at a restart.
func TestEndedSessionIsNotFoldedAgain(t *testing.T) {
	w := newWorld(t)
	terms := termsOf("s1", "aa", half)
	last := w.serve(some(0, 5), terms)
	w.ended(terms)
	w.block(22)
	h := w.start()
	h.folds(last)
	require.False(t, h.holds(keyOf(terms)))
}
