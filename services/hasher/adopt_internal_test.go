package hasher

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/pocket/difficulty"
)

// Two hashers may seal one session at different log positions: the first fact stands. The other takes it over where
// its own tree is the same or can still become it; else it must fold again.
func TestAdoptAnotherHashersFact(t *testing.T) {
	const other = "another session"
	mine := termsOf("s1", "aa", difficulty.Base)
	at := func(sequence uint64) *sessionv1.Sealed { return &sessionv1.Sealed{Terms: mine, LogSequence: sequence} }
	for name, c := range map[string]struct {
		log    []string // one group each; other: not of the session
		sealAt int      // own seal after so many groups; 0: not sealed
		fact   uint64   // position of the fact
		refold bool
	}{
		"unknown session":                      {nil, 0, 3, false},
		"not sealed, nothing behind the fact":  {[]string{"a", other}, 0, 1, false},
		"not sealed, fact still ahead":         {[]string{"a"}, 0, 3, false},
		"not sealed, a relay behind the fact":  {[]string{"a", "b"}, 0, 1, true},
		"our own fact comes back":              {[]string{"a", "b"}, 2, 2, false},
		"our own fact, and late relays":        {[]string{"a", "b"}, 1, 1, false},
		"earlier, none of ours between":        {[]string{"a", other}, 2, 1, false},
		"earlier, one of ours between":         {[]string{"a", "b"}, 2, 1, true},
		"later, none of ours between":          {[]string{"a", other, other}, 1, 3, false},
		"later, one of ours between":           {[]string{"a", "b"}, 1, 2, true},
		"later, what is between not here yet":  {[]string{"a"}, 1, 2, false},
		"later, and late ones behind the fact": {[]string{"a", other, "b"}, 1, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newState()
			for i, relay := range c.log {
				terms := mine
				if relay == other {
					terms = termsOf("s1", "bb", difficulty.Base)
				}
				foldAll(t, s, group([]entry{{0, relay}}, []*relayv1.Terms{terms}))
				if i+1 == c.sealAt {
					require.NotNil(t, s.seal(keyOf(mine), 22))
				}
			}
			err := s.adopt(at(c.fact))
			require.Equal(t, c.refold, err != nil)
			if c.refold {
				require.ErrorIs(t, err, errRefold)
				return
			}
			for i := range 3 { // what follows in the log
				foldAll(t, s, group([]entry{{0, strconv.Itoa(i)}}, []*relayv1.Terms{mine}))
			}
			var upTo []entry
			for i, relay := range append(c.log, "0", "1", "2") {
				if relay != other && uint64(i) < c.fact {
					upTo = append(upTo, entry{0, relay})
				}
			}
			want, root := reference(t, upTo, 0, difficulty.Base)
			have := s.trees[keyOf(mine)]
			require.Equal(t, want, counts{have.logged, have.mined(), have.filtered, have.duplicate})
			got := have.build().Root()
			require.Equal(t, root, got[:])
		})
	}
}

func TestFactOfAnEndedSessionIsForgotten(t *testing.T) {
	s := newState()
	terms := sessions()[0]
	s.end(keyOf(terms), terms.EndHeight)
	require.NoError(t, s.adopt(&sessionv1.Sealed{Terms: terms, LogSequence: 1}))
	foldAll(t, s, group([]entry{{0, "a"}}, []*relayv1.Terms{terms}))
	require.Empty(t, s.facts)
	require.Empty(t, s.trees)
	require.Equal(t, map[string]uint64{subject: 1}, s.purgeable())
}
