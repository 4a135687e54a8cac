package smst

import "sort"

// Tree is the trie of a fixed set of leaves. It is immutable, so any number of
// goroutines may use it at once.
//
// A subtree is a range of the sorted leaves. Its branch is the first depth at
// which the range splits; above that hangs a chain of one-sided nodes. The
// digests of the larger branches are kept, so that a proof hashes only a few
// small subtrees again.
type Tree struct {
	leaves   []Leaf // ascending by path, no path twice
	branches map[span]Digest
	root     Digest
}

// span is a range [lo, hi) of the sorted leaves.
type span struct{ lo, hi int }

func (s span) len() int { return s.hi - s.lo }

// kept is the number of leaves above which a subtree's digest is kept.
const kept = 16

// NewTree returns the trie of the leaves, given in any order. Of several
// leaves with the same path the last one counts, as when the reference updates
// a key (protocol smst.md §4). The slice is copied.
func NewTree(leaves []Leaf) *Tree {
	t := &Tree{leaves: sorted(leaves)}
	t.branches = make(map[span]Digest, len(t.leaves)/kept)
	all := span{0, len(t.leaves)}
	t.keep(all)
	t.root = t.digest(all, 0)
	return t
}

// Root returns the root digest: what a claim carries. It is zero for a tree
// without leaves.
func (t *Tree) Root() Digest { return t.root }

// Len returns the number of leaves.
func (t *Tree) Len() int { return len(t.leaves) }

// Leaf returns leaf i in path order, 0 ≤ i < Len.
func (t *Tree) Leaf(i int) Leaf { return t.leaves[i] }

// keep computes and stores the digests of the larger branches, lowest first.
func (t *Tree) keep(s span) {
	if s.len() <= kept {
		return
	}
	left, right := t.split(s, t.branchDepth(s))
	t.keep(left)
	t.keep(right)
	t.branches[s] = t.branch(s)
}

// digest is the digest of the subtree s hanging at depth.
func (t *Tree) digest(s span, depth int) Digest {
	switch s.len() {
	case 0:
		return Digest{}
	case 1:
		return t.leaves[s.lo].Digest()
	}
	return wrap(t.branch(s), &t.leaves[s.lo].Path, depth, t.branchDepth(s))
}

// branch is the digest of the inner node where s (two leaves or more) splits.
func (t *Tree) branch(s span) Digest {
	if s.len() > kept {
		if d, ok := t.branches[s]; ok {
			return d
		}
	}
	depth := t.branchDepth(s)
	l, r := t.split(s, depth)
	left, right := t.digest(l, depth+1), t.digest(r, depth+1)
	return inner(&left, &right)
}

// branchDepth is the depth at which the paths of s (two leaves or more) part:
// the first and the last differ earliest.
func (t *Tree) branchDepth(s span) int {
	return t.leaves[s.lo].Path.commonPrefix(&t.leaves[s.hi-1].Path)
}

// split parts s by bit depth of the path.
func (t *Tree) split(s span, depth int) (left, right span) {
	mid := s.lo + sort.Search(s.len(), func(i int) bool {
		return t.leaves[s.lo+i].Path.Bit(depth) == 1
	})
	return span{s.lo, mid}, span{mid, s.hi}
}
