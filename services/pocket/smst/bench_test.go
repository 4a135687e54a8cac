package smst

import (
	"crypto/sha256"
	"encoding/binary"
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

func BenchmarkNewLeaf(b *testing.B) {
	value := make([]byte, 900)
	b.ReportAllocs()
	for b.Loop() {
		NewLeaf([32]byte{}, value, 100)
	}
}

func BenchmarkAdd100k(b *testing.B) {
	leaves := leavesOf(benchItems(100_000))
	for b.Loop() {
		var s Set
		for _, l := range leaves {
			s.Add(l)
		}
	}
}

func BenchmarkRoot100k(b *testing.B) {
	leaves := leavesOf(benchItems(100_000))
	for b.Loop() {
		NewTree(leaves)
	}
}

func BenchmarkRoot1M(b *testing.B) {
	leaves := leavesOf(benchItems(1_000_000))
	for b.Loop() {
		NewTree(leaves)
	}
}

func BenchmarkProof100k(b *testing.B) {
	items := benchItems(100_000)
	tree := NewTree(leavesOf(items))
	target := Path(sha256.Sum256([]byte("target")))
	for b.Loop() {
		p, err := tree.Closest(target)
		require.NoError(b, err)
		require.NotEmpty(b, p.SideNodes)
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

// A set's memory per leaf is what its comment says.
func TestMemoryPerLeaf(t *testing.T) {
	const n = 200_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var s Set
	for i := range n {
		var l Leaf
		binary.BigEndian.PutUint64(l.Path[:], uint64(i)*0x9e3779b97f4a7c15)
		binary.LittleEndian.PutUint64(l.Path[8:], uint64(i)*0x9e3779b97f4a7c15>>7)
		s.Add(l)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	perLeaf := float64(after.HeapAlloc-before.HeapAlloc) / n
	require.Equal(t, n, s.Len())
	require.Less(t, perLeaf, 1.3*(72+12))
}
