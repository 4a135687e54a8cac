package smst

// Sibling is what hangs beside a proven leaf. The chain does not need it
// (protocol smst.md §5.3); it is here for those who want proofs field by field
// like the reference's.
type Sibling struct {
	Leaf *Leaf  // the sibling if it is a leaf; its encoding needs its value
	Node []byte // the encoding if it is an inner or an extension node
}

// sibling describes what hangs at p, which is not the root.
func (t *Tree) sibling(p position, tile *tile) Sibling {
	switch p.len() {
	case 0:
		return Sibling{}
	case 1:
		l := t.Leaf(p.lo)
		return Sibling{Leaf: &l}
	}
	branch, depth := p, t.branchDepth(p.span)
	for branch.depth < depth {
		left, right := t.children(branch)
		branch = left
		if left.len() == 0 {
			branch = right
		}
	}
	if branch.depth > p.depth {
		return Sibling{Node: encodeExtension(p.depth, depth, t.path(p.lo), t.digest(branch, tile))}
	}
	left, right := t.children(p)
	l, r := t.digest(left, tile), t.digest(right, tile)
	b := encodeInner(&l, &r)
	return Sibling{Node: b[:]}
}

// encodeExtension is the stored form of a chain of one-sided nodes from depth
// from to a branch at depth to (protocol smst.md §2.2), 0 ≤ from < to ≤ 255.
func encodeExtension(from, to int, path *Path, child Digest) []byte {
	b := []byte{extensionPrefix, byte(from), byte(to)}
	b = append(b, path[:]...)
	b = append(b, child[:]...)
	return append(b, child[32:]...)
}

// Data returns the encoding of the sibling. valueOf gives the value (relay
// bytes) of a leaf; it is asked only when the sibling is a leaf.
func (s Sibling) Data(valueOf func(Leaf) []byte) []byte {
	if s.Leaf == nil {
		return s.Node
	}
	return appendLeaf(nil, &s.Leaf.Path, valueOf(*s.Leaf), s.Leaf.Weight)
}
