package hasher

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/pocket/difficulty"
)

// some is a log of n relays of the first session, every third said twice.
func some(from, n int) (log []entry) {
	for i := from; i < from+n; i++ {
		log = append(log, entry{0, "relay " + strconv.Itoa(i)})
		if i%3 == 0 {
			log = append(log, entry{0, "relay " + strconv.Itoa(i)})
		}
	}
	return log
}

func TestSealsAtClaimOpen(t *testing.T) {
	w := newWorld(t)
	terms := termsOf("s1", "aa", half)
	w.start()
	w.block(20)
	w.serve(some(0, 40), terms)
	w.block(21)
	last := w.serve(some(20, 40), terms) // twenty of them again
	w.block(22)
	fact := w.requireFact(terms, append(some(0, 40), some(20, 40)...))
	require.EqualValues(t, 22, fact.SealedHeight)
	require.Equal(t, last, fact.LogSequence)
	require.Positive(t, fact.Filtered)
	require.Positive(t, fact.Duplicate)
}

// Heights are level-triggered: some missed, one said twice or an old one again make no difference.
func TestBlocksLateTwiceAndTogether(t *testing.T) {
	w := newWorld(t)
	terms := termsOf("s1", "aa", half)
	h := w.start()
	h.folds(w.serve(some(0, 10), terms))
	for _, height := range []int64{25, 19, 25, 26, 26} {
		w.block(height)
	}
	fact := w.requireFact(terms, some(0, 10))
	require.EqualValues(t, 25, fact.SealedHeight)
	w.block(27)
	w.serve(nil, termsOf("s1", "bb", half))
	w.block(28)
	w.fact(termsOf("s1", "bb", half)) // by then all blocks before are done
	require.Equal(t, 2, w.messages(bus.StreamSessions, bus.SessionSealedFilter))
}

func TestLateRelaysStayInTheLogAlone(t *testing.T) {
	w := newWorld(t)
	terms := termsOf("s1", "aa", half)
	h := w.start()
	w.serve(some(0, 10), terms)
	w.block(22)
	w.requireFact(terms, some(0, 10))
	late := w.serve(some(100, 10), terms)
	h.folds(late)
	h.kill()
	again := w.start()
	again.folds(late)
	for _, s := range []*state{h.state, again.state} {
		tree := s.trees[keyOf(terms)]
		require.EqualValues(t, len(some(100, 10)), tree.late)
		require.EqualValues(t, len(some(0, 10)), tree.logged)
	}
	require.Equal(t, 2, w.messages(bus.StreamRelays, bus.RelayServedFilter))
}

// A session whose first relay comes behind its claim-window open is sealed at the next block.
func TestSessionThatBeginsLateIsSealed(t *testing.T) {
	w := newWorld(t)
	terms := termsOf("s1", "aa", half)
	h := w.start()
	w.serve(nil, termsOf("s1", "bb", half))
	w.block(23)
	w.fact(termsOf("s1", "bb", half))
	w.serve(some(0, 5), terms)
	h.folds(w.serve(some(5, 5), terms))
	w.block(24)
	require.EqualValues(t, 24, w.requireFact(terms, append(some(0, 5), some(5, 5)...)).SealedHeight)
}

// A height waits for the log position of its own block, not for that of later ones: a fold that lags all the time
// still seals.
func TestHeightWaitsForItsOwnBoundary(t *testing.T) {
	h := &Hasher{state: newState(), wake: make(chan struct{}, 1)}
	h.addTarget(target{22, 10})
	h.addTarget(target{23, 20})
	h.addTarget(target{22, 30})
	h.progress(9)
	require.Zero(t, h.reached())
	h.progress(15)
	require.EqualValues(t, 22, h.reached())
	require.Zero(t, h.reached())
	h.progress(30)
	require.EqualValues(t, 23, h.reached())
	require.Empty(t, h.targets)
}

func TestManySessionsEachOnce(t *testing.T) {
	w := newWorld(t)
	w.start()
	terms := []*relayv1.Terms{termsOf("s1", "aa", difficulty.Base), termsOf("s2", "aa", half), termsOf("s2", "bb", difficulty.Target{})}
	var log []entry
	for i := range 90 {
		log = append(log, entry{i % 3, strconv.Itoa(i / 6)})
	}
	for i := 0; i < len(log); i += 10 {
		w.serve(log[i:i+10], terms...)
	}
	w.block(22)
	for i, term := range terms {
		fact := w.fact(term)
		want, root := reference(t, log, i, difficulty.Target(term.TargetHash))
		require.Equal(t, want, countsOf(fact))
		require.Equal(t, root, fact.Root)
	}
	require.Equal(t, len(terms), w.messages(bus.StreamSessions, bus.SessionSealedFilter))
}
