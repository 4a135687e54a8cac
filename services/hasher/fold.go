package hasher

import (
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/pocket/difficulty"
	"github.com/lodeworks/lode/services/pocket/mine"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// key names a session tree: every supplier has its own.
type key struct{ supplier, session string }

func keyOf(t *relayv1.Terms) key { return key{t.Supplier, t.SessionId} }

// place is where a leaf's bytes are: they stay in the log until settlement.
type place struct {
	sequence uint64 // of the group in the RELAYS stream
	index    uint32 // in the group
}

// tree is one session's fold. logged = mined + filtered + duplicate, always.
type tree struct {
	terms     *relayv1.Terms
	target    difficulty.Target
	set       smst.Set
	places    []place // of the set's leaves, in the order of arrival
	logged    uint64
	filtered  uint64
	duplicate uint64
	late      uint64            // after the seal; not in logged
	last      uint64            // last log sequence with a relay of this session
	sealed    *sessionv1.Sealed // nil until sealed
	built     *smst.Tree        // nil until sealed
}

// newTree is the empty tree of terms that have been checked.
func newTree(terms *relayv1.Terms) *tree {
	return &tree{terms: terms, target: difficulty.Target(terms.TargetHash)}
}

// log notes a relay of the log and says whether it counts. One behind the seal's position is late: it is in the log
// and in no tree.
func (t *tree) log(sequence uint64) bool {
	t.last = max(t.last, sequence)
	if t.sealed != nil && sequence > t.sealed.LogSequence {
		t.late++
		return false
	}
	t.logged++
	return true
}

// add puts a relay that was logged into the tree, once it is hashed.
func (t *tree) add(m *mine.Mined, at place) {
	switch {
	case !m.Counts:
		t.filtered++
	case t.set.Add(m.Leaf):
		t.places = append(t.places, at)
	default:
		t.duplicate++
	}
}

// mined is the number of leaves.
func (t *tree) mined() uint64 { return uint64(t.set.Len()) }

// build makes the immutable trie once the set is final.
func (t *tree) build() *smst.Tree {
	if t.built == nil {
		t.built = t.set.Tree()
	}
	return t.built
}
