package mine

import (
	"slices"

	"github.com/lodeworks/lode/services/pocket/difficulty"
	"github.com/lodeworks/lode/services/pocket/sha256x"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// Batch hashes many relays at once, and keeps its room for the next ones: some
// 250 bytes for each relay of the greatest batch so far, beside what a
// [smst.LeafMaker] keeps. The zero value is ready. A Batch has one owner at a
// time.
type Batch struct {
	maker   smst.LeafMaker
	values  [][]byte
	hashes  [][32]byte
	weights []uint64
	leaves  []smst.Leaf
	mined   []Mined
}

// Mine does what [One] does for each relay, in their order. The result is valid
// until the next call.
func (b *Batch) Mine(relays []Relay) []Mined {
	b.values = b.values[:0]
	for i := range relays {
		b.values = append(b.values, relays[i].Value)
	}
	b.hashes = resize(b.hashes, len(relays))
	sha256x.Each(b.hashes, b.values)
	b.choose(relays)
	b.leaves = resize(b.leaves, len(b.weights))
	n := len(b.leaves)
	b.maker.Leaves(b.leaves, b.hashes[:n], b.values[:n], b.weights)
	b.place()
	clear(b.values) // the relays are not kept alive
	return b.mined
}

// choose moves hash, value and weight of the relays that count to the front.
func (b *Batch) choose(relays []Relay) {
	b.mined, b.weights = resize(b.mined, len(relays)), b.weights[:0]
	for i := range relays {
		r := &relays[i]
		b.mined[i].Counts = difficulty.Applies(b.hashes[i], r.Target)
		if !b.mined[i].Counts {
			continue
		}
		n := len(b.weights)
		b.hashes[n], b.values[n] = b.hashes[i], r.Value
		b.weights = append(b.weights, r.Weight)
	}
}

// place gives each relay that counts its leaf.
func (b *Batch) place() {
	next := 0
	for i := range b.mined {
		m := &b.mined[i]
		m.Leaf = smst.Leaf{}
		if m.Counts {
			m.Leaf = b.leaves[next]
			next++
		}
	}
}

// resize returns s with n elements of any content.
func resize[T any](s []T, n int) []T { return slices.Grow(s[:0], n)[:n] }
