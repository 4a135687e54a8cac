package smst

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// buildOn builds the tree of distinct leaves with so many workers.
func buildOn(t require.TestingT, workers int, leaves []Leaf) *Tree {
	tree, distinct := build(storeOf(leaves), workers)
	require.True(t, distinct)
	return tree
}

// requireSorted checks the order of a tree's leaves and that all are there.
func requireSorted(t require.TestingT, tree *Tree, leaves []Leaf) {
	require.Equal(t, len(leaves), tree.Len())
	for i := range tree.order {
		require.Equal(t, leaves[tree.order[i]], tree.Leaf(i))
		if i > 0 {
			require.Negative(t, tree.path(i-1).compare(tree.path(i)))
		}
	}
}

// Sizes about a tile, a few tiles and a chunk, and any number of workers.
func TestRootAtBoundaries(t *testing.T) {
	for _, about := range []int{chunkLeaves, tileLeaves / 2, tileLeaves, 2 * tileLeaves, 4 * tileLeaves} {
		for n := about - 1; n <= about+1; n++ {
			for _, shared := range []int{0, 250} {
				leaves := leavesOf(crowd{leaves: n, seed: uint64(n), shared: shared, weight: 9, vary: 1}.items())
				want := slowDigest(leaves, 0)
				for _, workers := range []int{1, 3} {
					tree := buildOn(t, workers, leaves)
					require.Equal(t, want, tree.Root(), "%d leaves, %d bits, %d workers", n, shared, workers)
				}
			}
		}
	}
}

func TestBuildFollowsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := genItems(t, 1, tileLeaves+500)
		leaves := leavesOf(items)
		tree := buildOn(t, rapid.IntRange(1, 5).Draw(t, "workers"), leaves)
		requireSorted(t, tree, leaves)
		require.Equal(t, slowDigest(leaves, 0), tree.Root())
		target := genPath(t, items)
		got, err := tree.Closest(target)
		require.NoError(t, err)
		want := slowClosest(leaves, target)
		want.Index, want.Arrival, want.Sibling = got.Index, got.Arrival, got.Sibling
		require.Equal(t, want, got)
		require.Equal(t, leaves[got.Arrival], got.Leaf)
	})
}

// Many leaves may share a prefix of any length: the root, and proofs of what
// is inside, beside and far from the cluster, stay right.
func TestClusters(t *testing.T) {
	for _, shared := range []int{1, 16, 17, 63, 64, 65, 128, 243} {
		t.Run(fmt.Sprint(shared), func(t *testing.T) {
			leaves := cluster(2*tileLeaves+100, shared)
			tree := buildOn(t, 2, leaves)
			requireSorted(t, tree, leaves)
			require.Equal(t, slowDigest(leaves, 0), tree.Root())
			for _, target := range []Path{{}, leaves[7].Path, near(leaves[3].Path, Path{}, shared+1)} {
				got, err := tree.Closest(target)
				require.NoError(t, err)
				want := slowClosest(leaves, target)
				want.Index, want.Arrival, want.Sibling = got.Index, got.Arrival, got.Sibling
				require.Equal(t, want, got)
			}
		})
	}
}

// A subtree at any depth has the digest of the definition.
func TestTileFollowsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		depth := rapid.OneOf(rapid.SampledFrom([]int{0, 1, 63, 64, 65, 127, 191, 192, 255}), rapid.IntRange(0, 255)).Draw(t, "depth")
		n := 2
		if depth < 250 {
			n = rapid.IntRange(2, 20).Draw(t, "leaves")
		}
		leaves := cluster(n, depth)
		for i := range leaves {
			leaves[i].Weight = rapid.Uint64().Draw(t, "weight")
		}
		s := storeOf(leaves)
		order := make([]uint32, n)
		for i := range order {
			order[i] = uint32(i)
		}
		sorter := sorter{leaves: &s}
		require.True(t, sorter.sort(order, 0))
		tile := tile{leaves: &s}
		for range 2 { // a tile may be used again
			require.Equal(t, slowDigest(leaves, depth), tile.digest(order, depth))
		}
	})
}

// Repeated paths are found wherever their leaves are.
func TestDuplicatesAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaves := leavesOf(genItems(t, 1, 2*tileLeaves))
		again := leaves[rapid.IntRange(0, len(leaves)-1).Draw(t, "which")]
		again.Weight++
		_, distinct := build(storeOf(append(leaves, again)), 2)
		require.False(t, distinct)
		sum := again.Weight
		for _, l := range leaves {
			if l.Path != again.Path {
				sum += l.Weight
			}
		}
		require.Equal(t, sum, NewTree(append(leaves, again)).Root().Sum())
	})
}

// A million leaves have the same root, however many cores build it.
func TestMillionInParallel(t *testing.T) {
	set := randomSet(1_000_000)
	one, _ := build(set.leaves, 1)
	for _, workers := range []int{2, 7} {
		many, _ := build(set.leaves, workers)
		require.Equal(t, one.Root(), many.Root())
		require.Equal(t, one.order, many.order)
	}
	require.EqualValues(t, 1_000_000, one.Root().Count())
	require.EqualValues(t, 100*1_000_000, one.Root().Sum())
	require.Equal(t, runtime.GOMAXPROCS(0), workersFor(set.Len()))

	proof, err := one.Closest(Path{0xab, 0xcd})
	require.NoError(t, err)
	leaf := proof.Leaf.Digest()
	require.Equal(t, one.Root(), climb(leaf, &proof.Leaf.Path, proof.SideNodes))
}
