package sha256x

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestStragglersCostLeast compares with all splits of a group.
func TestStragglersCostLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(0, 4000), 1, lanes).Draw(t, "sizes")
		slices.SortFunc(sizes, func(a, b int) int { return b - a })
		var order []uint32
		for i, n := range sizes {
			order = append(order, place(i, n))
		}
		cost := func(alone int) int {
			sum := 0
			for _, n := range sizes[:alone] {
				sum += single(blocks(n))
			}
			if alone < len(sizes) {
				sum += shared(blocks(sizes[alone]))
			}
			return sum
		}
		least := cost(0)
		for alone := range len(sizes) + 1 {
			least = min(least, cost(alone))
		}
		require.Equal(t, least, cost(stragglers(order)))
	})
}
