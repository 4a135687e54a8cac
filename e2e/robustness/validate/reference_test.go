package validate_test

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/e2e/robustness/history"
	"github.com/lodeworks/lode/e2e/robustness/validate"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/pocket/difficulty"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// half is a session of which every other relay is mined, and the fact that is right for it.
func half(t *testing.T) (history.Session, *sessionv1.Sealed) {
	t.Helper()
	target := difficulty.Target{0x80}
	s := history.Session{Terms: &relayv1.Terms{
		Supplier: "s", SessionId: "a", EndHeight: 4, ClaimOpenHeight: 7, ComputeUnitsPerRelay: 7, TargetHash: target[:],
	}}
	for n := range uint64(20) {
		relay := []byte{byte(n % 16)}
		s.Entries = append(s.Entries, history.Entry{Relay: relay, Sequence: n + 1, Late: n == 19})
	}
	c, root, err := validate.Reference(s, 19)
	require.NoError(t, err)
	require.EqualValues(t, 19, c.Logged)
	require.Positive(t, c.Filtered)
	require.Positive(t, c.Duplicate)
	return s, &sessionv1.Sealed{
		Terms: s.Terms, Root: root, Logged: c.Logged, Mined: c.Mined, Filtered: c.Filtered, Duplicate: c.Duplicate, LogSequence: 19, SealedHeight: 7,
	}
}

// TestFact: a right fact passes, and every wrong one is found.
func TestFact(t *testing.T) {
	s, fact := half(t)
	require.NoError(t, validate.Fact(s, fact))
	for name, spoil := range map[string]func(*sessionv1.Sealed){
		"a relay in time is left out": func(f *sessionv1.Sealed) { f.LogSequence = 18 },
		"a late one is not counted":   func(f *sessionv1.Sealed) { f.LogSequence = 20 },
		"a leaf too few":              func(f *sessionv1.Sealed) { f.Mined-- },
		"a duplicate called filtered": func(f *sessionv1.Sealed) { f.Duplicate--; f.Filtered++ },
		"another root":                func(f *sessionv1.Sealed) { f.Root[3] ^= 1 },
		"no root":                     func(f *sessionv1.Sealed) { f.Root = nil },
		"too early":                   func(f *sessionv1.Sealed) { f.SealedHeight = 6 },
	} {
		t.Run(name, func(t *testing.T) {
			s, fact := half(t)
			spoil(fact)
			require.ErrorIs(t, validate.Fact(s, fact), validate.ErrFact)
		})
	}
}

// TestProof: a proof of our trie passes; of another path or root it does not.
func TestProof(t *testing.T) {
	var set smst.Set
	values := map[smst.Path][]byte{}
	for n := range 10 {
		value := []byte{byte(n)}
		leaf := smst.NewLeaf(sha256.Sum256(value), value, 7)
		set.Add(leaf)
		values[leaf.Path] = value
	}
	path := smst.Path(sha256.Sum256([]byte("seed")))
	tree := set.Tree()
	closest, err := tree.Closest(path)
	require.NoError(t, err)
	proof, err := closest.Encode(values[closest.Leaf.Path])
	require.NoError(t, err)
	root := tree.Root()
	require.NoError(t, validate.Proof(proof, root[:], path[:]))
	other := path
	other[0] ^= 1
	require.ErrorIs(t, validate.Proof(proof, root[:], other[:]), validate.ErrProof)
	root[0] ^= 1
	require.ErrorIs(t, validate.Proof(proof, root[:], path[:]), validate.ErrProof)
}

func TestMissing(t *testing.T) {
	sessions := []history.Session{
		{Entries: []history.Entry{{Sequence: 1}, {Sequence: 2}, {Sequence: 3}}},
		{Entries: []history.Entry{{Sequence: 3}, {Sequence: 4}}, Ended: true},
	}
	missing, kept := validate.Missing(sessions, map[uint64]int{1: 1, 3: 2})
	require.Equal(t, 1, missing)
	require.Equal(t, 1, kept)
}
