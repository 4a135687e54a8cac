package hasher

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
)

func TestRestartInTheMiddleOfASession(t *testing.T) {
	w := newWorld(t)
	terms := termsOf("s1", "aa", half)
	h := w.start()
	h.folds(w.serve(some(0, 20), terms))
	h.kill()
	w.serve(some(10, 20), terms) // while nobody folds
	h = w.start()
	h.folds(w.serve(some(30, 5), terms))
	h.kill()
	w.block(22)
	w.start()
	w.requireFact(terms, append(append(some(0, 20), some(10, 20)...), some(30, 5)...))
}

// A restart between seal and end has the tree that was sealed, and says it no second time.
func TestRestartAfterTheSeal(t *testing.T) {
	w := newWorld(t)
	terms := termsOf("s1", "aa", half)
	h := w.start()
	w.serve(some(0, 20), terms)
	w.block(22)
	fact := w.requireFact(terms, some(0, 20))
	h.kill()
	last := w.serve(some(20, 5), terms)
	w.block(23)
	h = w.start()
	h.folds(last)
	marker := termsOf("s1", "bb", half)
	w.serve(nil, marker)
	w.block(24)
	w.fact(marker)
	require.Equal(t, 2, w.messages(bus.StreamSessions, bus.SessionSealedFilter))
	root := h.state.trees[keyOf(terms)].build().Root()
	require.Equal(t, fact.Root, root[:])
}

// Two hashers on one log: each session has one fact, and both can prove it, the slower perhaps after a restart.
func TestTwoHashersAgree(t *testing.T) {
	w := newWorld(t)
	hashers := []*running{w.start(), w.start()}
	for session := range 8 {
		terms := termsOf("s1", string(rune('a'+session)), half)
		for i := range 5 {
			w.serve(some(10*i, 15), terms)
		}
		w.block(22)
		last := w.serve(some(1000, 15), terms) // at the seal: in the tree or late, as the first hasher says
		fact := w.fact(terms)
		for i := range hashers {
			w.agrees(&hashers[i], last, terms.SessionId, fact.Root)
		}
	}
	require.Equal(t, 8, w.messages(bus.StreamSessions, bus.SessionSealedFilter))
}

// agrees waits until the hasher has a session's sealed tree, with this root; should it have to fold again it is
// started again.
func (w *world) agrees(h **running, folded uint64, session string, root []byte) {
	w.t.Helper()
	eventually(w.t, func() bool {
		select {
		case err := <-(*h).done:
			if errors.Is(err, errRefold) {
				*h = w.start()
			}
			return false
		default:
		}
		s := (*h).state
		s.mu.Lock()
		defer s.mu.Unlock()
		tree := s.trees[key{"s1", session}]
		if tree == nil || s.folded < folded || tree.sealed == nil {
			return false
		}
		have := tree.set.Tree().Root()
		return bytes.Equal(root, have[:])
	}, "hasher agrees")
}

// When the end of the log has been purged there is nothing to fold up to its head, and the next session is sealed
// all the same.
func TestRestartOnAPurgedLog(t *testing.T) {
	for name, keep := range map[string]bool{"all of it": false, "its end": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			old, open := termsOf("s1", "aa", half), termsOf("s1", "bb", half)
			if keep {
				w.serve(some(0, 3), open)
			}
			purged := "lode.relay.served.3.10"
			last := w.say(purged, group(some(0, 3), append(sessions()[:0], old)))
			require.NoError(t, w.bus.Purge(t.Context(), bus.StreamRelays, purged, last))
			w.ended(old)
			w.block(22)
			h := w.start()
			h.folds(last)
			if keep {
				w.requireFact(open, some(0, 3))
				return
			}
			w.serve(some(5, 3), open)
			w.block(23)
			w.requireFact(open, some(5, 3))
		})
	}
}
