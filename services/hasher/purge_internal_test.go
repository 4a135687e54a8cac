package hasher

import (
	"testing"

	"github.com/stretchr/testify/require"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/pocket/difficulty"
)

// A part of the log can go once all sessions with its end height have ended.
func TestPurgeableWhenAllOfAHeightHaveEnded(t *testing.T) {
	s := newState()
	a, b := termsOf("s1", "aa", difficulty.Base), termsOf("s2", "bb", difficulty.Base)
	require.NoError(t, s.fold("p1", 4, group([]entry{{0, "x"}}, []*relayv1.Terms{a})))
	require.NoError(t, s.fold("p2", 5, group([]entry{{0, "x"}}, []*relayv1.Terms{b})))
	s.end(keyOf(a), 20)
	require.Empty(t, s.purgeable())
	s.end(keyOf(b), 20)
	require.Equal(t, map[string]uint64{"p1": 4, "p2": 5}, s.purgeable())
	s.purged("p1", 4)
	require.Equal(t, map[string]uint64{"p2": 5}, s.purgeable())
	require.NoError(t, s.fold("p1", 9, group([]entry{{0, "y"}}, []*relayv1.Terms{a}))) // late for an ended session
	require.Equal(t, map[string]uint64{"p1": 9, "p2": 5}, s.purgeable())
	s.purged("p1", 9)
	s.purged("p2", 5)
	require.Empty(t, s.spans)
}

// A relayer should not put two end heights under one subject. If it does, nothing of an open session is removed.
func TestSubjectWithAnOpenSessionIsKept(t *testing.T) {
	s := newState()
	early, later := termsOf("s1", "aa", difficulty.Base), termsOf("s1", "bb", difficulty.Base)
	later.EndHeight = 30
	require.NoError(t, s.fold("p", 1, group([]entry{{0, "x"}}, []*relayv1.Terms{early})))
	require.NoError(t, s.fold("p", 2, group([]entry{{0, "x"}}, []*relayv1.Terms{later})))
	require.NoError(t, s.fold("p", 3, group([]entry{{0, "y"}}, []*relayv1.Terms{early})))
	s.end(keyOf(early), 20)
	require.Empty(t, s.purgeable())
	s.end(keyOf(later), 30)
	require.Equal(t, map[string]uint64{"p": 3}, s.purgeable())
	s.purged("p", 3)
	require.Empty(t, s.spans)
}
