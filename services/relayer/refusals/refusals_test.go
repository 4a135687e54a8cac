package refusals_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lodeworks/lode/services/relayer/refusals"
)

// Whatever is refused, as many relays come out of it by each cause as went in, and there are no more counts than allowed.
func TestEveryRefusalIsCountedByItsCause(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(0, 6).Draw(t, "most")
		c := refusals.New(most)
		want, whole := map[string]uint64{}, map[refusals.Key]uint64{}
		for range rapid.IntRange(0, 60).Draw(t, "relays") {
			k := refusals.Key{
				Session: fmt.Sprint(rapid.IntRange(0, 4).Draw(t, "session")), Cause: fmt.Sprint("cause", rapid.IntRange(0, 2).Draw(t, "cause")),
				Backend: fmt.Sprint(rapid.IntRange(0, 1).Draw(t, "backend")),
			}
			want[k.Cause]++
			whole[k]++
			c.Add(k)
		}
		have := map[string]uint64{}
		list := c.Take()
		require.LessOrEqual(t, len(list), most+3)
		for _, n := range list {
			have[n.Cause] += n.Relays
			if n.SessionId != "" {
				require.LessOrEqual(t, n.Relays, whole[refusals.Key{Session: n.SessionId, Cause: n.Cause, Backend: n.Backend}])
			}
		}
		require.Equal(t, want, have)
		require.Empty(t, c.Take(), "taken once")
	})
}

func TestCountsAreOfAllWhoCountAtOnce(t *testing.T) {
	c := refusals.New(2)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 100 {
				c.Add(refusals.Key{Session: fmt.Sprint(i), Cause: "cause"})
			}
		})
	}
	all.Wait()
	sum := uint64(0)
	for _, n := range c.Take() {
		sum += n.Relays
	}
	require.EqualValues(t, 800, sum)
}
