package smst

import "slices"

// slowDigest is the definition of the trie (protocol smst.md §2.1), word for
// word: the twin that Tree is compared with.
func slowDigest(leaves []Leaf, depth int) Digest {
	switch len(leaves) {
	case 0:
		return Digest{}
	case 1:
		return leaves[0].Digest()
	}
	var halves [2][]Leaf
	for _, l := range leaves {
		bit := l.Path.Bit(depth)
		halves[bit] = append(halves[bit], l)
	}
	left, right := slowDigest(halves[0], depth+1), slowDigest(halves[1], depth+1)
	return inner(&left, &right)
}

// slowClosest is the selection of protocol smst.md §5.1, step by step.
func slowClosest(leaves []Leaf, target Path) (p Proof) {
	p.Target = target
	for len(leaves) > 1 {
		var halves [2][]Leaf
		for _, l := range leaves {
			bit := l.Path.Bit(p.Depth)
			halves[bit] = append(halves[bit], l)
		}
		bit := target.Bit(p.Depth)
		if len(halves[bit]) == 0 {
			p.Flips = append(p.Flips, p.Depth)
			bit = 1 - bit
		}
		p.SideNodes = append(p.SideNodes, slowDigest(halves[1-bit], p.Depth+1))
		leaves = halves[bit]
		p.Depth++
	}
	p.Leaf = leaves[0]
	slices.Reverse(p.SideNodes)
	return p
}
