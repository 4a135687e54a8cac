package hasher

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/hasher/fold/foldtest"
	"github.com/lodeworks/lode/services/kit/bus"
)

// A settled session leaves memory at once, and the logs when analytics has read it.
func TestEndedSessionsAreForgottenAndPurged(t *testing.T) {
	w := newWorld(t)
	w.cfg.Partitions = 1
	h := w.start()
	terms, open := termsOf("s1", "aa"), termsOf("s1", "bb")
	open.EndHeight, open.ClaimOpenHeight = 30, 60
	last := w.serve(some(0, 5), terms)
	kept := w.serve(some(0, 5), open)
	w.folded(open, 5)
	w.block(22)
	w.fact(terms)
	w.ended(terms)
	eventually(t, func() bool { return !h.holds(terms) }, "session forgotten")

	height := int64(23)
	step := func() { // sealing comes before purging, in turn
		for range 2 {
			marker := termsOf("marker", "m"+string(rune('a'+height%26)))
			marker.EndHeight = 40
			w.serve(some(0, 1), marker)
			w.block(height)
			height++
			w.fact(marker)
		}
	}
	old := w.subject(terms)
	step() // no analytics yet: nothing has been read
	require.Equal(t, 1, w.messages(bus.StreamRelays, old))
	reader, err := w.bus.JS.CreateOrUpdateConsumer(t.Context(), bus.StreamRelays, jetstream.ConsumerConfig{
		Durable: "analytics-relay-served", AckPolicy: jetstream.AckExplicitPolicy,
	})
	require.NoError(t, err)
	step() // it is there, but has not read
	require.Equal(t, 1, w.messages(bus.StreamRelays, old))
	steps := w.messages(bus.StreamFolds, bus.FoldCommittedFilter)
	for range 6 {
		m, err := reader.Next()
		require.NoError(t, err)
		require.NoError(t, m.DoubleAck(t.Context()))
	}
	w.block(height)
	eventually(t, func() bool { return w.messages(bus.StreamRelays, old) == 0 }, "ended session purged")
	eventually(t, func() bool { return w.messages(bus.StreamFolds, bus.FoldCommittedFilter) < steps }, "and what was stored of it")
	require.Error(t, w.bus.At(t.Context(), bus.StreamRelays, last, new(relayv1.ServedGroup)))
	require.NoError(t, w.bus.At(t.Context(), bus.StreamRelays, kept, new(relayv1.ServedGroup)))
	require.True(t, h.holds(open))
	h.kill()
	h = w.start()
	h.owns(1)
	require.True(t, h.holds(open))
	require.False(t, h.holds(terms))
	w.block(60)
	w.requireFact(open, some(0, 5))
}

// What ended while nobody was there is forgotten at the next start.
func TestEndedMeanwhile(t *testing.T) {
	w := newWorld(t)
	terms := termsOf("s1", "aa")
	h := w.start()
	w.serve(some(0, 5), terms)
	w.block(22)
	w.fact(terms)
	w.folded(terms, 5)
	h.leave()
	w.ended(terms)
	h = w.start()
	h.owns(4)
	require.False(t, h.holds(terms))
	require.Zero(t, h.workers.leaves())
}

// A relay that comes after its session has ended, been purged and been forgotten makes no second fact.
func TestVeryLateRelay(t *testing.T) {
	w := newWorld(t)
	terms := termsOf("s1", "aa")
	h := w.start()
	w.serve(some(0, 5), terms)
	w.block(22)
	fact := w.requireFact(terms, some(0, 5))
	h.leave()
	w.ended(terms)
	require.NoError(t, w.bus.Purge(t.Context(), bus.StreamRelays, w.subject(terms), 1))
	require.NoError(t, w.bus.Purge(t.Context(), bus.StreamFolds, bus.FoldCommittedFilter, 1<<40))
	h = w.start()
	h.owns(4)
	w.serve(some(5, 5), terms)
	w.block(23)
	marker := termsOf("s1", "bb")
	w.serve(some(0, 1), marker)
	w.block(24)
	w.fact(marker)
	eventually(t, func() bool { return !h.holds(terms) }, "forgotten again")
	require.Equal(t, 2, w.messages(bus.StreamSessions, bus.SessionSealedFilter))
	require.Equal(t, fact.LogSequence, w.fact(terms).LogSequence)
}

func (w *world) garbage(subject string) {
	w.t.Helper()
	_, err := w.bus.JS.Publish(w.t.Context(), subject, []byte{0xff, 0xff})
	require.NoError(w.t, err)
}

func TestPoisonGroupsAreBuriedAndTheFoldGoesOn(t *testing.T) {
	w := newWorld(t)
	w.start()
	terms := termsOf("s1", "aa")
	w.serve(some(0, 5), terms)
	w.garbage(w.subject(terms))
	require.Contains(t, w.dead(1), "decode relay group")
	w.say(w.subject(terms), foldtest.Group([]entry{{Session: 0, Relay: "lost"}, {Session: 7, Relay: "x"}}, terms))
	require.Contains(t, w.dead(2), "names terms 7 of 1")
	short := termsOf("s1", "aa")
	short.TargetHash = short.TargetHash[:5]
	w.serve(some(0, 1), short)
	require.Contains(t, w.dead(3), "5 bytes")
	w.serve(some(5, 5), terms)
	w.block(22)
	w.requireFact(terms, append(some(0, 5), some(5, 5)...))
}

// Bad messages are in the logs for good. They must not keep a hasher from working.
func TestPoisonEndingsAreBuried(t *testing.T) {
	w := newWorld(t)
	h := w.start()
	h.owns(4)
	w.garbage(bus.ClaimEndedSubject("s1", "xx"))
	require.Contains(t, w.dead(1), "decode ended claim")
	w.say(bus.ClaimEndedSubject("s1", "xx"), &claimv1.Changed{Obligation: &claimv1.Obligation{}})
	require.Contains(t, w.dead(2), "without terms")
	terms := termsOf("s1", "aa")
	w.serve(some(0, 5), terms)
	w.block(22)
	w.requireFact(terms, some(0, 5))
}
