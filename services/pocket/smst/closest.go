package smst

import "errors"

// ErrEmpty is returned when a proof is asked of a tree without leaves. Such a
// tree cannot be claimed, so there is nothing to prove.
var ErrEmpty = errors.New("tree has no leaves")

// Proof shows that one leaf is in a tree: the leaf closest to a target path
// (protocol smst.md §5). It lacks only the leaf's value; see [Proof.Encode].
type Proof struct {
	Target    Path     // the path asked for
	Leaf      Leaf     // the closest leaf
	Index     int      // its position in the tree, in path order
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
	s := span{0, len(t.leaves)}
	if s.len() == 0 {
		return p, ErrEmpty
	}
	side := span{}
	for s.len() > 1 {
		branch := t.branchDepth(s)
		p.follow(&t.leaves[s.lo].Path, branch)
		s, side = t.choose(s, branch, target.Bit(branch))
		p.descend(t.digest(side, branch+1))
	}
	p.Leaf, p.Index = t.leaves[s.lo], s.lo
	p.Sibling = t.sibling(side, p.Depth)
	reverse(p.SideNodes)
	return p, nil
}

// follow walks down a chain of one-sided nodes along path.
func (p *Proof) follow(path *Path, to int) {
	for p.Depth < to {
		if p.Target.Bit(p.Depth) != path.Bit(p.Depth) {
			p.Flips = append(p.Flips, p.Depth)
		}
		p.descend(Digest{})
	}
}

func (p *Proof) descend(sibling Digest) {
	p.SideNodes = append(p.SideNodes, sibling)
	p.Depth++
}

// choose returns the half of s on side bit, and the other one.
func (t *Tree) choose(s span, depth, bit int) (chosen, other span) {
	left, right := t.split(s, depth)
	if bit == 0 {
		return left, right
	}
	return right, left
}

func reverse(d []Digest) {
	for i, j := 0, len(d)-1; i < j; i, j = i+1, j-1 {
		d[i], d[j] = d[j], d[i]
	}
}
