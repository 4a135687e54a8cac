package fold

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/lodeworks/lode/services/hasher/fold/foldtest"
	"github.com/lodeworks/lode/services/pocket/difficulty"
)

// In any order, cut into groups anywhere, with any of them folded twice, a log seals to the official library's roots
// and to the counts by the book.
func TestSealedIsAFunctionOfTheRelaysAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := sessions()
		log := genLog(t, len(terms))
		for range 2 {
			p := all()
			messages := split(t, rapid.Permutation(log).Draw(t, "order"), terms)
			for i := range messages {
				again := rapid.IntRange(0, i).Draw(t, "again")
				foldAll(t, p, messages[i], messages[again])
			}
			facts := sealed(p)
			for i, term := range terms {
				want, root := foldtest.Reference(t, log, i, difficulty.Target(term.TargetHash))
				fact := facts[KeyOf(term)]
				require.Equal(t, want, foldtest.CountsOf(fact))
				require.Equal(t, fact.Logged, fact.Mined+fact.Filtered+fact.Duplicate)
				require.Equal(t, root, fact.Root)
				require.Equal(t, uint64(len(messages)), fact.LogSequence)
			}
			require.Equal(t, p.Relays, uint64(len(log)))
			require.Equal(t, p.Relays, p.Mined+p.Filtered+p.Duplicate+p.Late+p.Gone)
			require.Equal(t, int(p.Mined), p.Leaves())
		}
	})
}

// What is logged behind the seal is in no tree, and who folds again with the fact at hand comes to the same tree.
func TestLateRelaysAreInNoTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := sessions()[:1]
		messages := split(t, genLog(t, 1), terms)
		cut := rapid.IntRange(1, len(messages)).Draw(t, "seal after")
		first := all()
		foldAll(t, first, messages[:cut]...)
		fact := sealed(first)[KeyOf(terms[0])]
		foldAll(t, first, messages[cut:]...)
		requireTree(t, first, fact)
		for _, at := range []int{0, rapid.IntRange(1, len(messages)).Draw(t, "adopt after")} {
			again := all()
			foldAll(t, again, messages[0])
			foldAll(t, again, messages[1:max(1, at)]...)
			require.True(t, again.Adopt(fact))
			require.False(t, again.Adopt(fact), "it is known")
			foldAll(t, again, messages[max(1, at):]...)
			requireTree(t, again, fact)
		}
	})
}

// A session has the terms that are first in the log, also when later ones or those beside them differ.
func TestFirstTermsStand(t *testing.T) {
	first, second := foldtest.Terms("s1", "aa", difficulty.Base), foldtest.Terms("s1", "aa", foldtest.Half)
	second.ComputeUnitsPerRelay++
	log := []entry{{Session: 0, Relay: "a"}, {Session: 1, Relay: "b"}, {Session: 1, Relay: "a"}, {Session: 0, Relay: "c"}, {Session: 1, Relay: "d"}}
	of := func(relays ...string) (log []entry) {
		for _, r := range relays {
			log = append(log, entry{Relay: r})
		}
		return log
	}
	want, root := foldtest.Reference(t, of("a", "b", "a", "c", "d"), 0, difficulty.Base)
	for name, messages := range map[string][]Message{
		"in one group": {message(t, 1, log, first, second)},
		"in two":       {message(t, 1, of("a", "c"), first), message(t, 2, of("b", "a", "d"), second)},
	} {
		p := all()
		foldAll(t, p, messages...)
		fact := sealed(p)[KeyOf(first)]
		require.Equal(t, want, foldtest.CountsOf(fact), name)
		require.Equal(t, root, fact.Root, name)
		require.True(t, proto.Equal(first, fact.Terms), name)
	}
}

// However many relays one message has, and of whatever length, each is counted once.
func TestGreatGroup(t *testing.T) {
	var log []entry
	for i := range 3*maxTogether + 1 {
		log = append(log, entry{Session: i % 2, Relay: strings.Repeat("r", i%200*7) + strconv.Itoa(i%700)})
	}
	terms := sessions()[:2]
	p := all()
	foldAll(t, p, message(t, 1, log, terms...))
	facts := sealed(p)
	for i, term := range terms {
		want, root := foldtest.Reference(t, log, i, difficulty.Target(term.TargetHash))
		fact := facts[KeyOf(term)]
		require.Equal(t, want, foldtest.CountsOf(fact))
		require.NotZero(t, fact.Mined)
		require.Equal(t, root, fact.Root)
	}
	require.Empty(t, p.hashing.relays)
}

// BenchmarkFold: a group of 256 relays of 1,200 bytes, from its bytes to the tree.
func BenchmarkFold(b *testing.B) {
	log := make([]entry, maxTogether)
	for i := range log {
		log[i].Relay = fmt.Sprintf("%01200d", i)
	}
	m, p := message(b, 0, log, foldtest.Terms("s1", "aa", difficulty.Base)), all()
	b.ReportAllocs()
	for b.Loop() {
		m.Sequence++
		require.NoError(b, p.Fold(m))
		p.Reached(m.Sequence)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(log)), "ns/relay")
}

// The same bytes in two sessions are a relay of each.
func TestSharedBytesCountInBothSessions(t *testing.T) {
	terms := sessions()[:2]
	terms[1].TargetHash = terms[0].TargetHash
	p := all()
	foldAll(t, p, message(t, 1, []entry{{Session: 0, Relay: "x"}, {Session: 1, Relay: "x"}}, terms...))
	facts := sealed(p)
	a, b := facts[KeyOf(terms[0])], facts[KeyOf(terms[1])]
	require.Equal(t, foldtest.Counts{Logged: 1, Mined: 1}, foldtest.CountsOf(a))
	require.Equal(t, foldtest.CountsOf(a), foldtest.CountsOf(b))
	require.Equal(t, a.Root, b.Root)
}

func TestSessionWithoutLeavesHasNoRoot(t *testing.T) {
	terms := foldtest.Terms("s1", "aa", difficulty.Target{})
	p := all()
	foldAll(t, p, message(t, 1, []entry{{Relay: "a"}, {Relay: "a"}}, terms))
	fact := sealed(p)[KeyOf(terms)]
	require.Equal(t, foldtest.Counts{Logged: 2, Filtered: 2}, foldtest.CountsOf(fact))
	require.Empty(t, fact.Root)
}

func TestDueFromClaimOpenUntilSealed(t *testing.T) {
	p := all()
	terms := sessions()
	foldAll(t, p, message(t, 1, nil, terms...))
	later := foldtest.Terms("s3", "cc", foldtest.Half)
	later.EndHeight, later.ClaimOpenHeight = 30, 32
	require.NoError(t, p.Fold(Message{EndHeight: 30, Sequence: 2, Data: foldtest.Encode(t, foldtest.Group(nil, later))}))
	require.Empty(t, p.Due(21))
	require.Equal(t, []int64{20}, p.Due(22))
	require.Equal(t, []int64{20, 30}, p.Due(32))
	require.Len(t, p.Seal(20, 22), 3)
	require.Equal(t, []int64{30}, p.Due(32))
	require.True(t, p.End(KeyOf(later)))
	require.Empty(t, p.Due(32))
}

// What was folded of a span alone counts there, and is not folded again when the whole log comes.
func TestSpansMayBeAhead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		near, far := foldtest.Terms("s1", "aa", foldtest.Half), foldtest.Terms("s1", "bb", foldtest.Half)
		far.EndHeight, far.ClaimOpenHeight = 30, 32
		logs := map[int64][]entry{}
		var messages []Message
		for range rapid.IntRange(2, 20).Draw(t, "messages") {
			terms := rapid.SampledFrom([]string{"near", "far"}).Draw(t, "span")
			log := genLog(t, 1)
			m := message(t, len(messages)+1, log, near)
			if terms == "far" {
				m = Message{EndHeight: 30, Sequence: uint64(len(messages) + 1), Data: foldtest.Encode(t, foldtest.Group(log, far))}
			}
			logs[m.EndHeight] = append(logs[m.EndHeight], log...)
			messages = append(messages, m)
		}
		begin := rapid.IntRange(0, len(messages)-1).Draw(t, "folded in order")
		p := all()
		foldAll(t, p, messages[:begin]...)
		head := uint64(rapid.IntRange(begin, len(messages)).Draw(t, "head"))
		for _, end := range rapid.Permutation([]int64{20, 30}).Draw(t, "order")[:rapid.IntRange(0, 2).Draw(t, "spans")] {
			for _, m := range messages {
				if m.EndHeight == end && m.Sequence <= head && m.Sequence > p.Folded() {
					require.NoError(t, p.Fold(m))
					p.ReachedIn(end, m.Sequence)
				}
			}
			p.ReachedIn(end, head)
			require.Equal(t, max(head, p.Folded()), p.Position(end))
			require.Equal(t, uint64(begin), p.Folded())
		}
		if rapid.Bool().Draw(t, "another goes on") {
			log := &foldLog{t: t}
			log.store(p, "a", -1)
			next := log.load()
			requireSame(t, p, next)
			p = next
		}
		foldAll(t, p, messages[begin:]...)
		require.Empty(t, p.Ahead())
		for end, log := range logs {
			want, root := foldtest.Reference(t, log, 0, foldtest.Half)
			fact := p.Seal(end, 32)[0]
			require.Equal(t, want, foldtest.CountsOf(fact))
			require.Equal(t, root, fact.Root)
		}
	})
}

// Ended sessions leave memory; when all of an end height have, its log may go.
func TestEndedSessionsAreForgotten(t *testing.T) {
	p := all()
	terms := sessions()[:2]
	foldAll(t, p, message(t, 1, []entry{{Session: 0, Relay: "a"}, {Session: 1, Relay: "b"}}, terms...))
	sealed(p)
	require.True(t, p.End(KeyOf(terms[0])))
	require.False(t, p.End(KeyOf(terms[0])))
	require.False(t, p.End(Key{"nobody", "xx"}))
	require.Empty(t, p.Ended())
	require.Equal(t, 1, p.Leaves())
	require.True(t, p.End(KeyOf(terms[1])))
	foldAll(t, p, message(t, 2, []entry{{Relay: "c"}}, terms...))
	require.EqualValues(t, 1, p.Gone)
	require.Equal(t, map[int64]uint64{20: 2}, p.Ended())
	require.Zero(t, p.Leaves())
	_, _, err := p.Closest(KeyOf(terms[0]), [32]byte{}, nil)
	require.ErrorIs(t, err, ErrUnknown)
	p.Forget(20)
	require.Empty(t, p.Ended())
	require.Empty(t, p.trees)
	require.Empty(t, p.spans)
}
