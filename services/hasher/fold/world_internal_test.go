package fold

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/hasher/fold/foldtest"
	"github.com/lodeworks/lode/services/pocket/difficulty"
)

type entry = foldtest.Entry

// all is a partition that every session belongs to.
func all() *Partition { return New(func(Key) bool { return true }) }

func sessions() []*relayv1.Terms {
	return []*relayv1.Terms{
		foldtest.Terms("s1", "aa", difficulty.Base), foldtest.Terms("s1", "bb", foldtest.Half), foldtest.Terms("s2", "aa", foldtest.Half),
	}
}

// genLog draws relays of a few sessions, some of them more than once.
func genLog(t *rapid.T, sessions int) []entry {
	one := rapid.Custom(func(t *rapid.T) entry {
		return entry{Session: rapid.IntRange(0, sessions-1).Draw(t, "session"), Relay: rapid.StringN(0, 3, 12).Draw(t, "relay")}
	})
	log := rapid.SliceOfN(one, 1, 60).Draw(t, "relays")
	again := rapid.SliceOfN(rapid.SampledFrom(log), 0, 20).Draw(t, "again")
	return append(log, again...)
}

// split cuts a log into messages at random places, each with all terms.
func split(t *rapid.T, log []entry, terms []*relayv1.Terms) (messages []Message) {
	for len(log) > 0 {
		n := rapid.IntRange(1, len(log)).Draw(t, "size")
		messages = append(messages, message(t, len(messages)+1, log[:n], terms...))
		log = log[n:]
	}
	return messages
}

func message(t require.TestingT, sequence int, log []entry, terms ...*relayv1.Terms) Message {
	return Message{EndHeight: foldtest.EndHeight, Sequence: uint64(sequence), Data: foldtest.Encode(t, foldtest.Group(log, terms...))}
}

// foldAll folds messages as a worker does that follows the log.
func foldAll(t require.TestingT, p *Partition, messages ...Message) {
	for _, m := range messages {
		require.NoError(t, p.Fold(m))
		p.Reached(m.Sequence)
	}
}

// sealed seals at the height at which claim windows open, and finds the facts by their sessions.
func sealed(p *Partition) map[Key]*sessionv1.Sealed {
	facts := map[Key]*sessionv1.Sealed{}
	for _, f := range p.Seal(foldtest.EndHeight, foldtest.ClaimOpen) {
		facts[KeyOf(f.Terms)] = f
	}
	return facts
}

// requireTree compares a sealed tree with a fact.
func requireTree(t require.TestingT, p *Partition, fact *sessionv1.Sealed) {
	tree := p.trees[KeyOf(fact.Terms)]
	require.Equal(t, foldtest.CountsOf(fact), foldtest.Counts{Logged: tree.logged, Mined: tree.mined(), Filtered: tree.filtered, Duplicate: tree.duplicate})
	require.Len(t, tree.places, int(fact.Mined))
	if fact.Mined > 0 {
		root := tree.build().Root()
		require.Equal(t, fact.Root, root[:])
	}
}

func TestReferenceSeesAllKinds(t *testing.T) {
	var log []entry
	for _, relay := range []string{"a", "b", "c", "b", "d", "e"} {
		log = append(log, entry{Session: 0, Relay: relay})
	}
	c, _ := foldtest.Reference(t, append(log, entry{Session: 1, Relay: "b"}), 0, foldtest.Half)
	require.Equal(t, foldtest.Counts{Logged: 6, Mined: 4, Filtered: 1, Duplicate: 1}, c)
}
