package smst

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/pokt-network/smt"
	"github.com/pokt-network/smt/kvstore/simplemap"
	"github.com/stretchr/testify/require"
)

func benchRelays(n int) (keys [][32]byte, values [][]byte, weights []uint64) {
	for i := range n {
		value := make([]byte, 900, 900+16) // the reference appends 16 bytes
		binary.BigEndian.PutUint64(value, uint64(i))
		keys = append(keys, sha256.Sum256(value))
		values = append(values, value)
		weights = append(weights, 100)
	}
	return keys, values, weights
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
	keys, values, weights := benchRelays(1000)
	tree := trieOf(keys, values, weights)
	p, err := tree.Closest(Path{})
	require.NoError(b, err)
	proof, err := p.Encode(values[p.Arrival])
	require.NoError(b, err)
	for b.Loop() {
		require.NoError(b, VerifyProof(proof, tree.Root()))
	}
}

// BenchmarkTrie100k goes from 100,000 relays (key, 900 bytes, weight) through
// leaf hashing and the root to one proof: ours and the reference's, which is
// without its Commit. Run it with GOMAXPROCS=1.
func BenchmarkTrie100k(b *testing.B) {
	keys, values, weights := benchRelays(100_000)
	target := Path(sha256.Sum256([]byte("target")))
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			proof, err := trieOf(keys, values, weights).Closest(target)
			require.NoError(b, err)
			require.NotEmpty(b, proof.SideNodes)
		}
	})
	b.Run("reference", func(b *testing.B) {
		for b.Loop() {
			trie := smt.NewSparseMerkleSumTrie(simplemap.NewSimpleMap(), sha256.New(), smt.WithValueHasher(nil))
			for i := range keys {
				require.NoError(b, trie.Update(keys[i][:], values[i], weights[i]))
			}
			trie.Root()
			proof, err := trie.ProveClosest(target[:])
			require.NoError(b, err)
			require.NotEmpty(b, proof.ClosestProof.SideNodes)
		}
	})
}

// trieOf makes a trie as the hasher does.
func trieOf(keys [][32]byte, values [][]byte, weights []uint64) *Tree {
	const group = 256
	var maker LeafMaker
	var leaves [group]Leaf
	var set Set
	for i := 0; i < len(keys); i += group {
		n := min(group, len(keys)-i)
		maker.Leaves(leaves[:n], keys[i:], values[i:], weights[i:])
		for j := range n {
			set.Add(leaves[j])
		}
	}
	return set.Tree()
}

func BenchmarkLeaves(b *testing.B) {
	keys, values, weights := benchRelays(256)
	out := make([]Leaf, len(keys))
	var maker LeafMaker
	b.ReportAllocs()
	for b.Loop() {
		maker.Leaves(out, keys, values, weights)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(keys)), "ns/leaf")
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
