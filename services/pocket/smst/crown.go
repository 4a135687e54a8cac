package smst

// span is a range [lo, hi) of a tree's leaves in path order.
type span struct{ lo, hi int }

func (s span) len() int { return s.hi - s.lo }

// position is a place in the trie: what hangs there are the leaves of a span.
type position struct {
	span
	depth int
	kept  *node // nil below a tile
}

// node is a position in the crown, the upper part of the trie, in which
// digests are kept. It ends in tiles.
type node struct {
	span
	depth       int
	digest      Digest
	left, right *node // nil if it is a tile
}

func (n *node) isTile() bool { return n.left == nil }

func (n *node) position() position { return position{n.span, n.depth, n} }

// plan is the crown over the buckets [from, to), hanging at depth, without
// digests. Buckets of more than a tile are left as tiles.
func plan(b *buckets, depth, from, to int, tiles *[]*node) *node {
	n := &node{span: span{b.start(from), b.start(to)}, depth: depth}
	if n.len() <= tileLeaves || to-from == 1 {
		*tiles = append(*tiles, n)
		return n
	}
	mid := (from + to) / 2
	n.left = plan(b, depth+1, from, mid, tiles)
	n.right = plan(b, depth+1, mid, to, tiles)
	return n
}

// fold computes the digests above the tiles. A node that is not a tile has
// two leaves or more.
func (n *node) fold() {
	if n.isTile() {
		return
	}
	n.left.fold()
	n.right.fold()
	n.digest = inner(&n.left.digest, &n.right.digest)
}
