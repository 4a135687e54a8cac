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

// crowd says what a set of items is like.
type crowd struct {
	leaves int
	seed   uint64
	shared int    // if not 0, two of three paths share about this many first bits with another one's
	weight uint64 // of the first leaf
	vary   uint64 // by how much the next two weigh more, and so on again
}

// sharedBits are the interesting values of crowd.shared: none, few, about the
// words of a path, all but the last.
var sharedBits = []int{0, 0, 7, 60, 64, 67, 128, 192, 198, 250, 255}

// genItems draws between min and max items with distinct paths. Some sets are
// clustered: their paths share long prefixes with one another.
func genItems(t *rapid.T, min, max int) []item {
	return crowd{
		leaves: rapid.IntRange(min, max).Draw(t, "leaves"),
		seed:   rapid.Uint64().Draw(t, "seed"),
		shared: rapid.SampledFrom(sharedBits).Draw(t, "shared bits"),
		weight: rapid.Uint64().Draw(t, "weight"),
		vary:   rapid.Uint64Max(2).Draw(t, "weights vary by"),
	}.items()
}

func (c crowd) items() []item {
	items := make([]item, c.leaves)
	seen := map[Path]bool{}
	for i := range items {
		it := item{value: fmt.Appendf(nil, "value %d of %d", i, c.seed), weight: c.weight + c.vary*uint64(i%3)}
		it.path = sha256.Sum256(it.value)
		if c.shared > 0 && i > 0 && i%3 > 0 {
			it.path = near(items[int(c.seed%uint64(i))].path, it.path, c.shared-i%7)
		}
		for seen[it.path] {
			it.path = sha256.Sum256(it.path[:])
		}
		seen[it.path] = true
		items[i] = it
	}
	return items
}

// cluster makes n leaves of which all paths share their first bits.
func cluster(n, shared int) []Leaf {
	leaves := make([]Leaf, 0, n)
	seen := map[Path]bool{}
	for l := range randomLeaves(1 << 62) {
		l.Path = near(Path{0x5a, 0xa5}, l.Path, shared)
		if seen[l.Path] {
			continue
		}
		seen[l.Path] = true
		if leaves = append(leaves, l); len(leaves) == n {
			break
		}
	}
	return leaves
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
