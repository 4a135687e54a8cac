package smst

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The roots of protocol smst.md §2.1.
func TestKnownRoots(t *testing.T) {
	want := []string{
		"000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
		"f56b96f291ee6cf96bcfbe62af9570972c16ac048cc134cfab0534721476fdb600000000000000640000000000000001",
		"635e00824a902d71454d2907765aef1a42279a85c220a440221e5a4b9c16bbfb00000000000000c80000000000000002",
		"e3a0bdc646fa235930608083409c8e4fb5f315d2cfd35096fd836095aba34de8000000000000012c0000000000000003",
	}
	var set Set
	for n, root := range want {
		got := set.Tree().Root()
		require.Equal(t, root, got.String())
		require.EqualValues(t, n, got.Count())
		require.EqualValues(t, 100*n, got.Sum())
		value := fmt.Appendf(nil, "relay-%d", n)
		require.True(t, set.Add(NewLeaf(sha256.Sum256(value), value, 100)))
	}
}

// The value message of protocol smst.md §6.1, behind the preamble.
func TestKnownEncoding(t *testing.T) {
	value := []byte("relay-0")
	tree := NewTree([]Leaf{NewLeaf(sha256.Sum256(value), value, 100)})
	proof, err := tree.Closest(Path{1: 7})
	require.NoError(t, err)
	got, err := proof.Encode(value)
	require.NoError(t, err)
	leaf := tree.Leaf(0)
	want := "65ff80" + "0120" + hex.EncodeToString(proof.Target[:]) + "020100" + "0120" + hex.EncodeToString(leaf.Path[:]) +
		"0117" + hex.EncodeToString(value) + "00000000000000640000000000000001" + "010000"
	require.Len(t, preamble, 286)
	require.Equal(t, want, hex.EncodeToString(got[len(preamble):]))
	back, err := LeafValue(got)
	require.NoError(t, err)
	require.Equal(t, value, back)
}

// A set does not depend on order or repetition, even for leaves that disagree.
func TestSetIsASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaves := leavesOf(genItems(t, 1, 100))
		other := leaves[0]
		other.Weight ^= 1
		all := append(leaves[:len(leaves):len(leaves)], other)
		var a, b Set
		for _, l := range all {
			a.Add(l)
		}
		for _, l := range rapid.Permutation(append(all, all...)).Draw(t, "order") {
			b.Add(l)
		}
		require.Equal(t, a.Tree().Root(), b.Tree().Root())
		require.Equal(t, len(leaves), b.Len())
		require.EqualValues(t, 1, a.Duplicates())
		require.EqualValues(t, 2*len(all)-len(leaves), b.Duplicates())
		for l := range b.All() {
			require.True(t, a.Has(l.Path))
		}
		require.False(t, a.Has(Path{}))
	})
}

func TestTreeIsASnapshot(t *testing.T) {
	var set Set
	first := NewLeaf([32]byte{1}, []byte("a"), 1)
	set.Add(first)
	tree := set.Tree()
	root := tree.Root()
	smaller := first
	smaller.Hash, smaller.Weight = [32]byte{}, 7
	require.False(t, set.Add(smaller))
	set.Add(NewLeaf([32]byte{2}, []byte("b"), 1))
	require.Equal(t, root, tree.Root())
	require.Equal(t, 1, tree.Len())
	require.Equal(t, first, tree.Leaf(0))
	require.NotEqual(t, root, set.Tree().Root())
	require.EqualValues(t, 7+1, set.Tree().Root().Sum())
}

// A tree may be used while its set grows; the race detector watches.
func TestTreeWhileTheSetGrows(t *testing.T) {
	var set Set
	leaves := leavesOf(crowd{leaves: 3 * chunkLeaves, weight: 1, vary: 1}.items())
	for _, l := range leaves[:10] {
		set.Add(l)
	}
	for n := 10; n < len(leaves); n *= 3 {
		tree := set.Tree()
		root := tree.Root()
		done := make(chan Digest)
		go func() {
			proof, _ := tree.Closest(Path{0x77})
			leaf := proof.Leaf.Digest()
			done <- climb(leaf, &proof.Leaf.Path, proof.SideNodes)
		}()
		for _, l := range leaves[n:min(3*n, len(leaves))] {
			set.Add(l)
		}
		require.Equal(t, root, <-done)
		require.Equal(t, n, tree.Len())
	}
}

func TestLastLeafOfAPathCounts(t *testing.T) {
	for _, n := range []int{1, 2 * tileLeaves} {
		var leaves []Leaf
		for i := range n {
			leaves = append(leaves, NewLeaf([32]byte{byte(i), byte(i >> 8)}, []byte("old"), 1))
		}
		updated := NewLeaf([32]byte{}, []byte("new"), 5)
		tree := NewTree(append(leaves, updated))
		require.EqualValues(t, n, tree.Root().Count())
		require.EqualValues(t, n-1+5, tree.Root().Sum())
	}
}

func TestClosestFollowsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := genItems(t, 1, 80)
		tree := NewTree(leavesOf(items))
		target := genPath(t, items)
		got, err := tree.Closest(target)
		require.NoError(t, err)
		want := slowClosest(leavesOf(items), target)
		want.Index, want.Arrival, want.Sibling = got.Index, got.Arrival, got.Sibling
		require.Equal(t, want, got)
	})
}

func TestWhatCannotBeProven(t *testing.T) {
	_, err := NewTree(nil).Closest(Path{})
	require.ErrorIs(t, err, ErrEmpty)
	proof, err := NewTree([]Leaf{NewLeaf([32]byte{}, []byte("a"), 1)}).Closest(Path{})
	require.NoError(t, err)
	_, err = proof.Encode([]byte("b"))
	require.ErrorIs(t, err, ErrValue)
	_, err = ParseDigest(make([]byte, 47))
	require.Error(t, err)
}
