package smst

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func benchItems(n int) []item {
	items := make([]item, n)
	for i := range items {
		value := make([]byte, 900)
		binary.BigEndian.PutUint64(value, uint64(i))
		key := sha256.Sum256(value)
		items[i] = item{path: sha256.Sum256(key[:]), value: value, weight: 100}
	}
	return items
}

// randomLeaves yields n leaves of weight 100 with paths like hashes.
func randomLeaves(n int) func(yield func(Leaf) bool) {
	return func(yield func(Leaf) bool) {
		r := rand.NewChaCha8([32]byte{})
		for range n {
			l := Leaf{Weight: 100}
			_, _ = r.Read(l.Path[:])
			_, _ = r.Read(l.Hash[:])
			if !yield(l) {
				return
			}
		}
	}
}

func randomSet(n int) *Set {
	s := new(Set)
	for l := range randomLeaves(n) {
		s.Add(l)
	}
	return s
}

func BenchmarkNewLeaf(b *testing.B) {
	value := make([]byte, 900)
	b.ReportAllocs()
	for b.Loop() {
		NewLeaf([32]byte{}, value, 100)
	}
}

func BenchmarkAdd1M(b *testing.B) {
	var leaves []Leaf
	for l := range randomLeaves(1_000_000) {
		leaves = append(leaves, l)
	}
	for b.Loop() {
		var s Set
		for i := range leaves {
			s.Add(leaves[i])
		}
	}
}

// BenchmarkRoot goes from the leaves of a set to the root.
func BenchmarkRoot(b *testing.B) {
	for _, n := range []int{1000, 100_000, 1_000_000, 10_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			set := randomSet(n)
			b.ReportAllocs()
			for b.Loop() {
				set.Tree()
			}
		})
	}
}

func BenchmarkProof(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			tree := randomSet(n).Tree()
			target := Path(sha256.Sum256([]byte("target")))
			for b.Loop() {
				p, err := tree.Closest(target)
				require.NoError(b, err)
				require.NotEmpty(b, p.SideNodes)
				target[0]++
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	items := benchItems(1000)
	tree := NewTree(leavesOf(items))
	p, err := tree.Closest(Path{})
	require.NoError(b, err)
	proof, err := p.Encode(valueOf(items)(p.Leaf))
	require.NoError(b, err)
	for b.Loop() {
		require.NoError(b, VerifyProof(proof, tree.Root()))
	}
}

// The reference, for comparison: updates, then root and proof.
func BenchmarkReference100k(b *testing.B) {
	items := benchItems(100_000)
	b.Run("update", func(b *testing.B) {
		for b.Loop() {
			reference(b, items)
		}
	})
	b.Run("update and root", func(b *testing.B) {
		for b.Loop() {
			reference(b, items).Root()
		}
	})
	b.Run("proof", func(b *testing.B) {
		trie := reference(b, items)
		trie.Root()
		target := sha256.Sum256([]byte("target"))
		for b.Loop() {
			_, err := trie.ProveClosest(target[:])
			require.NoError(b, err)
		}
	})
}

// What a set and its tree take for a leaf is what their comments say: 64 bytes
// and 4.6 to 9.2 for the index, and 4 for the tree.
func TestMemoryPerLeaf(t *testing.T) {
	const n = 200_000
	heap := func() float64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	before := heap()
	set := randomSet(n)
	perLeaf := (heap() - before) / n
	require.InDelta(t, 64+7, perLeaf, 3)
	tree := set.Tree()
	require.InDelta(t, perLeaf+4, (heap()-before)/n, 1)
	require.Equal(t, n, tree.Len())
	runtime.KeepAlive(set)
}
