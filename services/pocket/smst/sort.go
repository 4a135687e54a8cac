package smst

import (
	"encoding/binary"
	"slices"
)

// bucketed is the number of leaves from which sorting starts with one pass
// over the first 16 bits of the path.
const bucketed = 4096

// sorted returns the leaves ordered by path, one per path; of several leaves
// with one path the last given stays. The input is not changed.
func sorted(leaves []Leaf) []Leaf {
	if len(leaves) < bucketed {
		out := slices.Clone(leaves)
		sortStable(out)
		return lastOfEach(out)
	}
	out, ends := distribute(leaves)
	start := uint32(0)
	for _, end := range ends {
		if end-start > 1 {
			sortStable(out[start:end])
		}
		start = end
	}
	return lastOfEach(out)
}

func sortStable(leaves []Leaf) {
	slices.SortStableFunc(leaves, func(a, b Leaf) int { return a.Path.compare(&b.Path) })
}

// distribute copies the leaves into buckets by the first 16 bits of the path,
// keeping their order within a bucket, and returns where each bucket ends.
func distribute(leaves []Leaf) ([]Leaf, []uint32) {
	next := make([]uint32, 1<<16)
	for i := range leaves {
		next[bucket(&leaves[i])]++
	}
	sum := uint32(0)
	for i, n := range next {
		next[i] = sum
		sum += n
	}
	out := make([]Leaf, len(leaves))
	for i := range leaves {
		b := bucket(&leaves[i])
		out[next[b]] = leaves[i]
		next[b]++
	}
	return out, next
}

func bucket(l *Leaf) uint16 { return binary.BigEndian.Uint16(l.Path[:]) }

func lastOfEach(leaves []Leaf) []Leaf {
	kept := leaves[:0]
	for i := range leaves {
		if i+1 < len(leaves) && leaves[i].Path == leaves[i+1].Path {
			continue
		}
		kept = append(kept, leaves[i])
	}
	return kept
}
