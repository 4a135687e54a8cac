package fold

import (
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/pocket/difficulty"
	"github.com/lodeworks/lode/services/pocket/mine"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// Key names a session tree: every supplier has its own.
type Key struct{ Supplier, Session string }

// KeyOf is the tree that relays of these terms belong to.
func KeyOf(t *relayv1.Terms) Key { return Key{t.Supplier, t.SessionId} }

// tree is one session's fold. logged = mined + filtered + duplicate, always.
type tree struct {
	terms     *relayv1.Terms
	target    difficulty.Target
	set       smst.Set
	places    []Place // of the set's leaves, in the order of arrival
	logged    uint64
	filtered  uint64
	duplicate uint64
	sealed    *sessionv1.Sealed // nil until sealed
	built     *smst.Tree        // nil until asked for behind the seal
	ended     bool              // its claim has ended: only its name is left
	stored    int               // leaves that are in the fold log
	dirty     bool              // differs from what the fold log has
}

// newTree is the empty tree of terms that have been checked.
func newTree(terms *relayv1.Terms) *tree {
	return &tree{terms: terms, target: difficulty.Target(terms.TargetHash)}
}

// log notes a relay of the log and says whether it counts. One behind the seal's position is late: it is in the log
// and in no tree.
func (t *tree) log(sequence uint64) bool {
	if t.sealed != nil && sequence > t.sealed.LogSequence {
		return false
	}
	t.logged++
	t.dirty = true
	return true
}

// add puts a relay that was logged into the tree, once it is hashed.
func (t *tree) add(m *mine.Mined, at Place, c *counts) {
	switch {
	case !m.Counts:
		t.filtered++
		c.filtered++
	case t.set.Add(m.Leaf):
		t.places = append(t.places, at)
		c.mined++
	default:
		t.duplicate++
		c.duplicate++
	}
}

// counts is what became of relays that were logged.
type counts struct{ mined, filtered, duplicate uint64 }

// mined is the number of leaves.
func (t *tree) mined() uint64 { return uint64(t.set.Len()) }

// build makes the immutable trie once the set is final.
func (t *tree) build() *smst.Tree {
	if t.built == nil {
		t.built = t.set.Tree()
	}
	return t.built
}

// cut takes out what lies behind a position of the log. Leaves came in the order of the log, so that of equal relays
// the first one is kept.
func (t *tree) cut(position uint64) {
	keep := 0
	for _, at := range t.places {
		if at.Sequence() <= position {
			keep++
		}
	}
	if keep == len(t.places) {
		return
	}
	var set smst.Set
	places := make([]Place, 0, keep)
	for i, at := range t.places {
		if at.Sequence() <= position {
			set.Add(t.set.Leaf(i))
			places = append(places, at)
		}
	}
	t.set, t.places, t.built, t.stored = set, places, nil, keep
}

// end forgets all but the name.
func (t *tree) end() { *t = tree{terms: t.terms, sealed: t.sealed, ended: true} }
