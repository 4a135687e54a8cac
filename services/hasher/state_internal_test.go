package hasher

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/pocket/difficulty"
)

func countsOf(fact *sessionv1.Sealed) counts {
	return counts{fact.Logged, fact.Mined, fact.Filtered, fact.Duplicate}
}

func sessions() []*relayv1.Terms {
	return []*relayv1.Terms{termsOf("s1", "aa", difficulty.Base), termsOf("s1", "bb", half), termsOf("s2", "aa", half)}
}

// In any order, cut into groups anywhere, a log seals to the official library's roots and to the counts by the book.
func TestSealedIsAFunctionOfTheRelaysAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := sessions()
		log := genLog(t, len(terms))
		for range 2 {
			s := newState()
			foldAll(t, s, split(t, rapid.Permutation(log).Draw(t, "order"), terms)...)
			for i, term := range terms {
				want, root := reference(t, log, i, difficulty.Target(term.TargetHash))
				fact := s.seal(keyOf(term), 23)
				require.Equal(t, want, countsOf(fact))
				require.Equal(t, fact.Logged, fact.Mined+fact.Filtered+fact.Duplicate)
				require.Equal(t, root, fact.Root)
				require.Equal(t, s.position(), fact.LogSequence)
			}
		}
	})
}

// What is logged behind the seal is in no tree, and who folds again with the fact at hand comes to the same tree.
func TestLateRelaysAreInNoTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := sessions()[:1]
		k := keyOf(terms[0])
		groups := split(t, genLog(t, 1), terms)
		cut := rapid.IntRange(1, len(groups)).Draw(t, "seal after")
		first := newState()
		foldAll(t, first, groups[:cut]...)
		fact := first.seal(k, 22)
		foldAll(t, first, groups[cut:]...)
		again := newState()
		require.NoError(t, again.adopt(fact))
		foldAll(t, again, groups...)
		for _, s := range []*state{first, again} {
			tree := s.trees[k]
			root := tree.build().Root()
			require.Equal(t, fact.Root, root[:])
			require.Equal(t, countsOf(fact), counts{tree.logged, tree.mined(), tree.filtered, tree.duplicate})
		}
		require.Equal(t, first.trees[k].late, again.trees[k].late)
	})
}

// A session has the terms that are first in the log, also when later ones or those beside them differ.
func TestFirstTermsStand(t *testing.T) {
	first, second := termsOf("s1", "aa", difficulty.Base), termsOf("s1", "aa", half)
	second.ComputeUnitsPerRelay = cupr + 1
	log := []entry{{0, "a"}, {1, "b"}, {1, "a"}, {0, "c"}, {1, "d"}}
	want, root := reference(t, []entry{{0, "a"}, {0, "b"}, {0, "a"}, {0, "c"}, {0, "d"}}, 0, difficulty.Base)
	for name, groups := range map[string][]*relayv1.ServedGroup{
		"in one group": {group(log, []*relayv1.Terms{first, second})},
		"in two": {
			group([]entry{{0, "a"}, {0, "c"}}, []*relayv1.Terms{first}),
			group([]entry{{0, "b"}, {0, "a"}, {0, "d"}}, []*relayv1.Terms{second}),
		},
	} {
		s := newState()
		foldAll(t, s, groups...)
		fact := s.seal(keyOf(first), 22)
		require.Equal(t, want, countsOf(fact), name)
		require.Equal(t, root, fact.Root, name)
		require.True(t, proto.Equal(first, fact.Terms), name)
	}
}

// However many relays one message has, and of whatever length, each is counted once.
func TestGreatGroup(t *testing.T) {
	var log []entry
	for i := range 3*maxTogether + 1 {
		log = append(log, entry{i % 2, strings.Repeat("r", i%200*7) + strconv.Itoa(i%700)})
	}
	terms := []*relayv1.Terms{termsOf("s1", "aa", half), termsOf("s1", "bb", difficulty.Base)}
	s := newState()
	foldAll(t, s, group(log, terms))
	for i, term := range terms {
		want, root := reference(t, log, i, difficulty.Target(term.TargetHash))
		fact := s.seal(keyOf(term), 22)
		require.Equal(t, want, countsOf(fact))
		require.NotZero(t, fact.Mined)
		require.Equal(t, root, fact.Root)
	}
	require.Empty(t, s.hashing.relays)
}

// BenchmarkFold: a group of 256 relays of 1,200 bytes, from its decoded message to the tree.
func BenchmarkFold(b *testing.B) {
	terms := []*relayv1.Terms{termsOf("s1", "aa", difficulty.Base)}
	log := make([]entry, maxTogether)
	for i := range log {
		log[i].relay = fmt.Sprintf("%01200d", i)
	}
	g, s := group(log, terms), newState()
	sequence := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		sequence++
		require.NoError(b, s.fold(subject, sequence, g))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(log)), "ns/relay")
}

// The same bytes in two sessions are a relay of each.
func TestSharedBytesCountInBothSessions(t *testing.T) {
	s := newState()
	terms := []*relayv1.Terms{termsOf("s1", "aa", difficulty.Base), termsOf("s1", "bb", difficulty.Base)}
	foldAll(t, s, group([]entry{{0, "x"}, {1, "x"}}, terms))
	a, b := s.seal(keyOf(terms[0]), 22), s.seal(keyOf(terms[1]), 22)
	require.Equal(t, counts{logged: 1, mined: 1}, countsOf(a))
	require.Equal(t, countsOf(a), countsOf(b))
	require.Equal(t, a.Root, b.Root)
}

func TestSessionWithoutLeavesHasNoRoot(t *testing.T) {
	s := newState()
	terms := termsOf("s1", "aa", difficulty.Target{})
	foldAll(t, s, group([]entry{{0, "a"}, {0, "a"}}, []*relayv1.Terms{terms}))
	fact := s.seal(keyOf(terms), 22)
	require.Equal(t, counts{logged: 2, filtered: 2}, countsOf(fact))
	require.Empty(t, fact.Root)
}

func TestDueFromClaimOpenUntilSealed(t *testing.T) {
	s := newState()
	terms := sessions()
	foldAll(t, s, group(nil, terms))
	require.Empty(t, s.due(21))
	require.Equal(t, []key{{"s1", "aa"}, {"s2", "aa"}, {"s1", "bb"}}, s.due(22))
	s.seal(key{"s1", "aa"}, 22)
	s.end(key{"s1", "bb"}, 20)
	require.Equal(t, []key{{"s2", "aa"}}, s.due(30))
}

// Between the list of what is due and its seal the claim may end, or another hasher's fact arrive.
func TestSealYieldsToWhatCameBetween(t *testing.T) {
	s := newState()
	terms := sessions()
	foldAll(t, s, group([]entry{{0, "a"}, {1, "a"}}, terms))
	s.end(keyOf(terms[0]), 20)
	theirs := &sessionv1.Sealed{Terms: terms[1], LogSequence: 1}
	require.NoError(t, s.adopt(theirs))
	require.Nil(t, s.seal(keyOf(terms[0]), 22))
	require.Nil(t, s.seal(keyOf(terms[1]), 22))
	require.Same(t, theirs, s.trees[keyOf(terms[1])].sealed)
}
