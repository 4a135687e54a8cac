package hasher

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"github.com/pokt-network/smt"
	"github.com/pokt-network/smt/kvstore/simplemap"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/pocket/difficulty"
)

// cupr is the weight of every relay in these tests.
const cupr = 7

// half lets every other relay through.
var half = difficulty.Target{0x80}

// subject is where the groups of these tests are in the log.
const subject = "lode.relay.served.3.20"

func termsOf(supplier, session string, target difficulty.Target) *relayv1.Terms {
	return &relayv1.Terms{
		Supplier: supplier, SessionId: session, EndHeight: 20, ClaimOpenHeight: 22, ComputeUnitsPerRelay: cupr, TargetHash: target[:],
	}
}

// entry is one relay of the log: of a session, by its index.
type entry struct {
	session int
	relay   string
}

// genLog draws relays of a few sessions, some of them more than once.
func genLog(t *rapid.T, sessions int) []entry {
	one := rapid.Custom(func(t *rapid.T) entry {
		return entry{rapid.IntRange(0, sessions-1).Draw(t, "session"), rapid.StringN(0, 3, 12).Draw(t, "relay")}
	})
	log := rapid.SliceOfN(one, 1, 60).Draw(t, "relays")
	again := rapid.SliceOfN(rapid.SampledFrom(log), 0, 20).Draw(t, "again")
	return append(log, again...)
}

// split cuts a log into groups at random places, each with all terms.
func split(t *rapid.T, log []entry, terms []*relayv1.Terms) (groups []*relayv1.ServedGroup) {
	for len(log) > 0 {
		n := rapid.IntRange(1, len(log)).Draw(t, "size")
		groups = append(groups, group(log[:n], terms))
		log = log[n:]
	}
	return groups
}

func group(log []entry, terms []*relayv1.Terms) *relayv1.ServedGroup {
	g := &relayv1.ServedGroup{Relayer: "r", Terms: terms}
	for _, e := range log {
		g.Relays = append(g.Relays, &relayv1.Served{Terms: uint32(e.session), Relay: []byte(e.relay)})
	}
	return g
}

// foldAll folds the groups as messages 1, 2, … of the log.
func foldAll(t require.TestingT, s *state, groups ...*relayv1.ServedGroup) {
	for _, g := range groups {
		sequence := s.position() + 1
		require.NoError(t, s.fold(subject, sequence, g))
		s.advance(sequence)
	}
}

// counts is what a session's fact must say about part of a log.
type counts struct{ logged, mined, filtered, duplicate uint64 }

// reference counts a session's relays by the book and builds its trie with the official library.
func reference(t require.TestingT, log []entry, session int, target difficulty.Target) (c counts, root []byte) {
	trie := smt.NewSparseMerkleSumTrie(simplemap.NewSimpleMap(), sha256.New(), smt.WithValueHasher(nil))
	seen := map[string]bool{}
	for _, e := range log {
		if e.session != session {
			continue
		}
		c.logged++
		hash := sha256.Sum256([]byte(e.relay))
		switch {
		case bytes.Compare(hash[:], target[:]) >= 0:
			c.filtered++
		case seen[e.relay]:
			c.duplicate++
		default:
			c.mined++
			require.NoError(t, trie.Update(hash[:], []byte(e.relay), cupr))
		}
		seen[e.relay] = true
	}
	if c.mined > 0 {
		root = trie.Root()
	}
	return c, root
}

func TestReferenceSeesAllKinds(t *testing.T) {
	log := []entry{{0, "a"}, {0, "b"}, {0, "c"}, {0, "b"}, {1, "b"}, {0, "d"}, {0, "e"}}
	c, _ := reference(t, log, 0, half)
	require.Equal(t, counts{logged: 6, mined: 4, filtered: 1, duplicate: 1}, c)
}
