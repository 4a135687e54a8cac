package smst

import (
	"crypto/sha256"
	"math/rand/v2"
	"testing"

	"github.com/pokt-network/smt"
	"github.com/pokt-network/smt/kvstore/simplemap"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// givenPath is a path hasher that takes the key as the path, so that a test
// can choose where leaves hang.
type givenPath struct{}

func (givenPath) Path(key []byte) []byte { return key }
func (givenPath) PathSize() int          { return 32 }

// reference builds the reference trie of the items, in the order given.
func reference(t require.TestingT, items []item) *smt.SMST {
	trie := smt.NewSparseMerkleSumTrie(simplemap.NewSimpleMap(), sha256.New(),
		smt.WithValueHasher(nil), smt.WithPathHasher(givenPath{}))
	for _, it := range items {
		// The reference keeps both slices.
		require.NoError(t, trie.Update(append([]byte(nil), it.path[:]...), append([]byte(nil), it.value...), it.weight))
	}
	return trie
}

// Whatever the leaves, their order and their duplicates, our root is the
// reference's and the definition's.
func TestRootIsTheReferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := genItems(t, 0, 300)
		want := reference(t, items).Root()
		var set Set
		for _, i := range rapid.Permutation(indexes(len(items))).Draw(t, "order") {
			require.True(t, set.Add(items[i].leaf()))
		}
		for _, it := range items {
			set.Add(it.leaf())
		}
		got := set.Tree().Root()
		require.Equal(t, []byte(want), got[:])
		require.Equal(t, slowDigest(leavesOf(items), 0), got)
	})
}

// The same for as many tries as an ordinary run is to try.
func TestManyRootsAreTheReferences(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		c := crowd{
			leaves: r.IntN(100), seed: r.Uint64(), shared: sharedBits[r.IntN(len(sharedBits))],
			weight: r.Uint64(), vary: r.Uint64N(2),
		}
		items := c.items()
		got := NewTree(leavesOf(items)).Root()
		require.Equal(t, []byte(reference(t, items).Root()), got[:], "%+v", c)
	}
}

func TestLargeRootIsTheReferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := genItems(t, 2000, 6000)
		trie := reference(t, items)
		want := trie.Root()
		tree := NewTree(leavesOf(items))
		got := tree.Root()
		require.Equal(t, []byte(want), got[:])
		checkProof(t, trie, tree, items, genPath(t, items))
	})
}

// Our proof has the reference's fields, is accepted by the reference's
// verifier, and theirs by ours.
func TestProofIsTheReferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := genItems(t, 1, 200)
		trie := reference(t, items)
		tree := NewTree(leavesOf(items))
		for range 4 {
			checkProof(t, trie, tree, items, genPath(t, items))
		}
	})
}

func checkProof(t *rapid.T, trie *smt.SMST, tree *Tree, items []item, target Path) {
	theirs, err := trie.ProveClosest(target[:])
	require.NoError(t, err)
	if len(theirs.ClosestProof.SideNodes) == pathBits {
		theirs.Depth = pathBits // the reference leaves it at 0 for a leaf at the very bottom
	}
	compact, err := smt.CompactClosestProof(theirs, trie.Spec())
	require.NoError(t, err)
	theirBytes, err := compact.Marshal()
	require.NoError(t, err)

	proof, err := tree.Closest(target)
	require.NoError(t, err)
	require.Equal(t, tree.Leaf(proof.Index), proof.Leaf)
	ours, err := proof.Compact(valueOf(items)(proof.Leaf))
	require.NoError(t, err)
	ours.ClosestProof.SiblingData = proof.Sibling.Data(valueOf(items))

	got, err := DecodeProof(theirBytes)
	require.NoError(t, err)
	requireSameProof(t, got, ours)
	require.NoError(t, VerifyProof(theirBytes, tree.Root()))
	for _, sibling := range [][]byte{nil, ours.ClosestProof.SiblingData} {
		ours.ClosestProof.SiblingData = sibling
		requireAccepted(t, trie.Spec(), ours.Encode(), tree.Root())
	}
}

func requireAccepted(t require.TestingT, spec *smt.TrieSpec, proof []byte, root Digest) {
	require.NoError(t, VerifyProof(proof, root))
	var theirs smt.SparseCompactMerkleClosestProof
	require.NoError(t, theirs.Unmarshal(proof))
	ok, err := smt.VerifyCompactClosestProof(&theirs, root[:], spec)
	require.NoError(t, err)
	require.True(t, ok)
}

// requireSameProof compares decoded proofs. The bits of an extension's path
// outside its bounds depend on the order of insertion in the reference, so
// sibling data that is an extension is compared by its digest.
func requireSameProof(t require.TestingT, want, got *CompactProof) {
	w, g := *want.ClosestProof, *got.ClosestProof
	if len(w.SiblingData) > 0 && w.SiblingData[0] == extensionPrefix {
		a, err := digestOf(w.SiblingData)
		require.NoError(t, err)
		b, err := digestOf(g.SiblingData)
		require.NoError(t, err)
		require.Equal(t, a, b)
		require.Equal(t, w.SiblingData[:3], g.SiblingData[:3])
		w.SiblingData, g.SiblingData = nil, nil
	}
	wantFields, gotFields := *want, *got
	wantFields.ClosestProof, gotFields.ClosestProof = &w, &g
	decoded, err := DecodeProof(gotFields.Encode()) // gob does not tell nil from empty
	require.NoError(t, err)
	require.Equal(t, &wantFields, decoded)
}

func indexes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
