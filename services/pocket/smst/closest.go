package smst

import (
	"errors"
	"slices"
)

// ErrEmpty is returned when a proof is asked of a tree without leaves. Such a
// tree cannot be claimed, so there is nothing to prove.
var ErrEmpty = errors.New("tree has no leaves")

// Proof shows that one leaf is in a tree: the leaf closest to a target path
// (protocol smst.md §5). It lacks only the leaf's value; see [Proof.Encode].
type Proof struct {
	Target    Path     // the path asked for
	Leaf      Leaf     // the closest leaf
	Index     int      // its position in the tree, in path order
	Arrival   int      // its position in the order in which the leaves came; see [Set.All]
	Depth     int      // where it hangs, 0..256
	Flips     []int    // depths at which Target points into an empty subtree; increasing, below Depth
	SideNodes []Digest // siblings from the leaf up to the root, Depth of them; zero where empty
	Sibling   Sibling  // what hangs beside the leaf
}

// Closest finds the leaf closest to target and proves it. It walks from the
// root along target and turns to the other side only where that side alone has
// leaves.
func (t *Tree) Closest(target Path) (Proof, error) {
	p := Proof{Target: target}
	if t.Len() == 0 {
		return p, ErrEmpty
	}
	tile := tile{leaves: &t.leaves}
	at, side := t.crown.position(), position{}
	for at.len() > 1 {
		left, right := t.children(at)
		at, side = p.choose(left, right)
		p.SideNodes = append(p.SideNodes, t.digest(side, &tile))
	}
	p.Depth = at.depth
	p.Leaf, p.Index, p.Arrival = t.Leaf(at.lo), at.lo, int(t.order[at.lo])
	p.Sibling = t.sibling(side, &tile)
	slices.Reverse(p.SideNodes)
	return p, nil
}

// choose returns the half to go on with and the other one. An empty half is
// never chosen: the target's bit counts as flipped then.
func (p *Proof) choose(left, right position) (chosen, other position) {
	depth := left.depth - 1
	chosen, other = left, right
	if p.Target.Bit(depth) == 1 {
		chosen, other = right, left
	}
	if chosen.len() == 0 {
		p.Flips = append(p.Flips, depth)
		chosen, other = other, chosen
	}
	return chosen, other
}
