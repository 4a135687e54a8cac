package smst

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Many leaves at once are what they are one by one, of all lengths of values
// and with one maker again and again.
func TestLeavesAreNewLeaves(t *testing.T) {
	var maker LeafMaker
	size := rapid.OneOf(rapid.IntRange(0, 200), rapid.IntRange(800, 1300), rapid.IntRange(longValue-1, longValue+1))
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(size, 0, 2*roundLeaves+1).Draw(t, "sizes")
		keys, values, weights := benchRelays(len(sizes))
		for i, n := range sizes {
			values[i] = make([]byte, n)
			for j := range values[i] {
				values[i][j] = byte(i + j)
			}
			weights[i] = uint64(i) << (i % 60)
		}
		got := make([]Leaf, len(sizes))
		maker.Leaves(got, keys, values, weights)
		for i := range got {
			require.Equal(t, NewLeaf(keys[i], values[i], weights[i]), got[i])
		}
	})
}

func TestMakingLeavesDoesNotAllocate(t *testing.T) {
	keys, values, weights := benchRelays(200)
	out := make([]Leaf, len(keys))
	var maker LeafMaker
	maker.Leaves(out, keys, values, weights)
	require.Zero(t, testing.AllocsPerRun(10, func() { maker.Leaves(out, keys, values, weights) }))
}
