package smst

import "sort"

// Tree is the trie of a fixed set of leaves. It is immutable, so any number of
// goroutines may use it at once. Beside the leaves, which it may share with a
// [Set], it costs 4 bytes a leaf.
//
// A subtree is a range of the sorted leaves. The digests of the larger ones,
// down to some two thousand leaves, are kept; a proof computes anew what it
// needs below.
type Tree struct {
	leaves store
	order  []uint32 // positions of the leaves, ascending by path, no path twice
	crown  *node    // the root, and what is kept below it
}

// NewTree returns the trie of the leaves, given in any order. Of several
// leaves with the same path the last one counts, as when the reference updates
// a key (protocol smst.md §4). The leaves are copied. Large tries are built on
// all of GOMAXPROCS cores.
func NewTree(leaves []Leaf) *Tree {
	workers := workersFor(len(leaves))
	if t, distinct := build(storeOf(leaves), workers); distinct {
		return t
	}
	t, _ := build(storeOf(lastOfEach(leaves)), workers)
	return t
}

// Root returns the root digest: what a claim carries. It is zero for a tree
// without leaves.
func (t *Tree) Root() Digest { return t.crown.digest }

// Len returns the number of leaves.
func (t *Tree) Len() int { return len(t.order) }

// Leaf returns leaf i in path order, 0 ≤ i < Len.
func (t *Tree) Leaf(i int) Leaf { return t.leaves.leaf(t.order[i]) }

func (t *Tree) path(i int) *Path { return &t.leaves.at(t.order[i]).path }

// digest is the digest of what hangs at p.
func (t *Tree) digest(p position, tile *tile) Digest {
	switch {
	case p.kept != nil:
		return p.kept.digest
	case p.len() == 0:
		return Digest{}
	case p.len() == 1:
		l := t.Leaf(p.lo)
		return l.Digest()
	}
	return tile.digest(t.order[p.lo:p.hi], p.depth)
}

// children are the positions below p, which has two leaves or more.
func (t *Tree) children(p position) (left, right position) {
	if p.kept != nil && !p.kept.isTile() {
		return p.kept.left.position(), p.kept.right.position()
	}
	l, r := t.split(p.span, p.depth)
	return position{l, p.depth + 1, nil}, position{r, p.depth + 1, nil}
}

// split parts s by bit depth of the path.
func (t *Tree) split(s span, depth int) (left, right span) {
	mid := s.lo + sort.Search(s.len(), func(i int) bool { return t.path(s.lo+i).Bit(depth) == 1 })
	return span{s.lo, mid}, span{mid, s.hi}
}

// branchDepth is the depth at which the paths of s (two leaves or more) part:
// the first and the last differ earliest.
func (t *Tree) branchDepth(s span) int { return t.path(s.lo).commonPrefix(t.path(s.hi - 1)) }

func storeOf(leaves []Leaf) (s store) {
	for i := range leaves {
		s.add(&leaves[i])
	}
	return s
}

// lastOfEach keeps of several leaves with one path the last.
func lastOfEach(leaves []Leaf) []Leaf {
	at := make(map[Path]int, len(leaves))
	kept := make([]Leaf, 0, len(leaves))
	for _, l := range leaves {
		if i, ok := at[l.Path]; ok {
			kept[i] = l
			continue
		}
		at[l.Path] = len(kept)
		kept = append(kept, l)
	}
	return kept
}
