package smst

import (
	"crypto/sha256"
	"fmt"

	"pgregory.net/rapid"
)

// item is a leaf with what it was made from.
type item struct {
	path   Path
	value  []byte
	weight uint64
}

func (it item) leaf() Leaf { return leafAt(it.path, it.value, it.weight) }

// genItems draws between min and max items with distinct paths. Some sets are
// clustered: their paths share long prefixes with one another.
func genItems(t *rapid.T, min, max int) []item {
	n := rapid.IntRange(min, max).Draw(t, "leaves")
	seed := rapid.Uint64().Draw(t, "seed")
	cluster := rapid.SampledFrom([]int{0, 0, 7, 60, 250}).Draw(t, "shared bits")
	weight := rapid.Uint64().Draw(t, "weight")
	items := make([]item, n)
	seen := map[Path]bool{}
	for i := range items {
		it := item{value: fmt.Appendf(nil, "value %d of %d", i, seed), weight: weight + uint64(i%3)}
		it.path = sha256.Sum256(it.value)
		if cluster > 0 && i > 0 && i%3 > 0 {
			it.path = near(items[int(seed%uint64(i))].path, it.path, cluster-i%7)
		}
		for seen[it.path] {
			it.path = sha256.Sum256(it.path[:])
		}
		seen[it.path] = true
		items[i] = it
	}
	return items
}

// near takes the first n bits from a, the rest from b.
func near(a, b Path, n int) Path {
	for i := range n {
		if a.Bit(i) != b.Bit(i) {
			b.flip(i)
		}
	}
	return b
}

func genPath(t *rapid.T, items []item) Path {
	p := Path(sha256.Sum256(rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(t, "target")))
	if len(items) == 0 || rapid.Bool().Draw(t, "far target") {
		return p
	}
	to := items[rapid.IntRange(0, len(items)-1).Draw(t, "near leaf")].path
	return near(to, p, rapid.IntRange(0, 256).Draw(t, "near by"))
}

func leavesOf(items []item) []Leaf {
	leaves := make([]Leaf, len(items))
	for i, it := range items {
		leaves[i] = it.leaf()
	}
	return leaves
}

func valueOf(items []item) func(Leaf) []byte {
	return func(l Leaf) []byte {
		for _, it := range items {
			if it.path == l.Path {
				return it.value
			}
		}
		return nil
	}
}
