package hasher

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Hashers that come and go, each acting on its own plan and one at a time, end with shares that differ by one at most,
// and what nobody had to give has not moved.
func TestShareIsFairAndLazy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		partitions := rapid.IntRange(1, 70).Draw(t, "partitions")
		holders := make([]holder, partitions)
		for round := range rapid.IntRange(1, 4).Draw(t, "rounds") {
			var alive []string
			for i := range rapid.IntRange(1, 6).Draw(t, "alive") {
				alive = append(alive, fmt.Sprint(i+round*rapid.IntRange(0, 1).Draw(t, "others")*10))
			}
			slices.Sort(alive)
			before := slices.Clone(holders)
			settleShares(alive, holders)
			have := map[string]int{}
			for p, h := range holders {
				require.Contains(t, alive, h.hasher)
				have[h.hasher]++
				if was := before[p].hasher; was != h.hasher && slices.Contains(alive, was) {
					require.GreaterOrEqual(t, count(before, was), partitions/len(alive), "it had too much")
				}
			}
			for _, h := range alive {
				require.Contains(t, []int{partitions / len(alive), (partitions + len(alive) - 1) / len(alive)}, have[h])
			}
			again := slices.Clone(holders)
			settleShares(alive, again)
			require.Equal(t, holders, again, "nothing moves without need")
		}
	})
}

func count(holders []holder, hasher string) (n int) {
	for _, h := range holders {
		if h.hasher == hasher {
			n++
		}
	}
	return n
}

// settleShares lets every hasher act until none wants to.
func settleShares(alive []string, holders []holder) {
	for moved := true; moved; {
		moved = false
		for _, self := range alive {
			mine := map[uint32]bool{}
			for p, h := range holders {
				if h.hasher == self {
					mine[uint32(p)] = true
				}
			}
			take, give := share(self, alive, holders, mine)
			for _, p := range take {
				holders[p].hasher, moved = self, true
			}
			for _, p := range give {
				holders[p].hasher, moved = "", true
			}
		}
	}
}

func TestShareOfWhoIsNotAlive(t *testing.T) {
	take, give := share("x", []string{"a", "b"}, make([]holder, 4), nil)
	require.Empty(t, take)
	require.Empty(t, give)
}

func TestUrgent(t *testing.T) {
	spans := []waiting{{end: 40, close: 46}, {end: 20, close: 26}, {end: 10, close: 16}, {end: 30, close: 36}, {end: 25}}
	var order []int64
	for _, s := range urgent(spans, 27) {
		order = append(order, s.end)
	}
	require.Equal(t, []int64{25, 30, 40, 10, 20}, order)
}
