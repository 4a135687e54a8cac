package hasher

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
)

// Whoever goes on after a hasher that left, or was killed before or after it stored anything, comes to the same tree.
func TestRestartInTheMiddleOfASession(t *testing.T) {
	w := newWorld(t)
	terms := termsOf("s1", "aa")
	h := w.start()
	w.serve(some(0, 20), terms)
	w.folded(terms, 20)
	h.kill()
	w.serve(some(10, 20), terms) // while nobody folds
	h = w.start()
	w.serve(some(30, 5), terms)
	w.folded(terms, 45)
	h.leave()
	w.cfg.CheckpointEvery = Default().CheckpointEvery
	h = w.start()
	h.owns(4)
	w.serve(some(35, 5), terms)
	eventually(t, func() bool { return h.workers.leaves() > 20 }, "folded, not stored")
	h.kill()
	w.block(22)
	w.start()
	w.requireFact(terms, append(append(some(0, 20), some(10, 20)...), some(30, 10)...))
}

// A restart between seal and end has the tree that was sealed, and says it no second time.
func TestRestartAfterTheSeal(t *testing.T) {
	w := newWorld(t)
	terms := termsOf("s1", "aa")
	h := w.start()
	w.serve(some(0, 20), terms)
	w.block(22)
	fact := w.requireFact(terms, some(0, 20))
	h.kill()
	w.serve(some(20, 5), terms)
	w.block(23)
	h = w.start()
	h.owns(4)
	marker := termsOf("s1", "bb")
	w.serve(some(0, 1), marker)
	w.block(24)
	w.fact(marker)
	require.Equal(t, 2, w.messages(bus.StreamSessions, bus.SessionSealedFilter))
	w.requireProofs(terms, fact.Root)
}

// A hasher may be killed when it has stored a seal and not said it: the next one says the same.
func TestSealThatWasStoredIsSaid(t *testing.T) {
	w := newWorld(t)
	terms := termsOf("s1", "aa")
	h := w.start()
	h.owns(4)
	require.NoError(t, w.bus.JS.DeleteStream(t.Context(), bus.StreamSessions)) // nobody can say a fact
	w.serve(some(0, 20), terms)
	w.block(22)
	eventually(t, func() bool { return len(w.foldLog(terms).Sealed()) == 1 }, "stored and not said")
	h.kill()
	require.NoError(t, w.bus.Apply(t.Context(), 1))
	w.serve(some(20, 5), terms) // late, whoever says it
	w.start()
	w.requireFact(terms, some(0, 20))
}

// When the end of the log has been purged there is nothing to fold up to its head, and the next session is sealed
// all the same.
func TestRestartOnAPurgedLog(t *testing.T) {
	w := newWorld(t)
	old, open := termsOf("s1", "aa"), termsOf("s1", "bb")
	old.EndHeight = 10
	w.serve(some(0, 3), open)
	last := w.serve(some(0, 3), old)
	require.NoError(t, w.bus.Purge(t.Context(), bus.StreamRelays, w.subject(old), last))
	w.block(22)
	w.start()
	w.requireFact(open, some(0, 3))
}

// A relay log that was made anew is folded from its start, whatever the fold log says.
func TestNewRelayLog(t *testing.T) {
	w := newWorld(t)
	terms := termsOf("s1", "aa")
	h := w.start()
	for i := range 5 {
		w.serve(some(i, 1), terms)
	}
	w.folded(terms, 5)
	h.leave()
	require.NoError(t, w.bus.JS.DeleteStream(t.Context(), bus.StreamRelays))
	require.NoError(t, w.bus.Apply(t.Context(), 1))
	w.serve(some(100, 3), terms)
	w.start()
	w.block(22)
	w.requireFact(terms, some(100, 3))
}

// A fold log that can't be read costs time only.
func TestDamagedFoldLog(t *testing.T) {
	w := newWorld(t)
	terms := termsOf("s1", "aa")
	h := w.start()
	w.serve(some(0, 10), terms)
	w.folded(terms, 10)
	h.leave()
	for p := range w.cfg.Partitions {
		_, err := w.bus.JS.Publish(t.Context(), foldSubject(p), []byte{0xff, 0xff})
		require.NoError(t, err)
	}
	w.block(22)
	w.start()
	w.requireFact(terms, some(0, 10))
}

// A hasher that was told of another number of partitions than the relayers must not fold a session twice.
func TestOtherNumberOfPartitions(t *testing.T) {
	w := newWorld(t)
	terms := termsOf("s1", "aa")
	w.serve(some(0, 1), terms)
	w.cfg.Partitions = 64
	h := w.start()
	require.ErrorContains(t, <-h.done, "number of partitions")
	w.garbage("lode.relay.served.64.20")
	h = w.start()
	require.ErrorContains(t, <-h.done, "64 partitions")
}
