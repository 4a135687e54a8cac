package smst

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A set knows what a map knows: the leaves, their weights, their order, also
// when the search for all paths starts at one slot.
func TestSetIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaves := leavesOf(genItems(t, 1, 2*chunkLeaves))
		if rapid.Bool().Draw(t, "one slot") {
			leaves = leavesOf(crowd{leaves: rapid.IntRange(1, 50).Draw(t, "of one slot")}.items())
			for i := range leaves {
				p := &leaves[i].Path
				copy(p[8:], append(p[:8:8], make([]byte, 16)...)) // the words cancel each other out
			}
		}
		var set Set
		for i, l := range leaves {
			require.False(t, set.Has(l.Path))
			require.True(t, set.Add(l))
			require.False(t, set.Add(leaves[i/2]))
		}
		i := 0
		for l := range set.All() {
			require.Equal(t, leaves[i], l)
			require.True(t, set.Has(l.Path))
			i++
		}
		require.Equal(t, len(leaves), i)
		require.EqualValues(t, i, set.Duplicates())
	})
}

// Leaves of which only one weighs something else, at any time.
func TestOneOtherWeight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "leaves")
		leaves := leavesOf(crowd{leaves: n, weight: 5}.items())
		other := rapid.IntRange(0, n-1).Draw(t, "other")
		lighter := leaves[other]
		lighter.Weight = 3
		var set Set
		for _, l := range leaves {
			set.Add(l)
		}
		before := set.Tree()
		set.Add(lighter) // of two leaves of a path the smaller stays
		require.EqualValues(t, 5*n, before.Root().Sum())
		require.EqualValues(t, 5*n-2, set.Tree().Root().Sum())
		leaves[other] = lighter
		require.Equal(t, slowDigest(leaves, 0), set.Tree().Root())
		require.Equal(t, slowDigest(leaves, 0), NewTree(leaves).Root())
	})
}
