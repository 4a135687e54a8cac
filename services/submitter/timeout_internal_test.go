package submitter

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTimeoutsAreUniqueAndWithinTenMinutes(t *testing.T) {
	timeouts := newTimeouts()
	timeouts.last.Store(uint64(timeoutSpread) - 5000) // across the wrap
	seen := map[time.Time]bool{}
	block := time.Unix(1_700_000_000, 123)
	for range 10_000 {
		at := timeouts.after(block)
		require.False(t, seen[at])
		seen[at] = true
		require.True(t, at.After(block) && at.Before(block.Add(10*time.Minute)))
	}
}

func TestTimeoutsStartAnywhere(t *testing.T) {
	block := time.Unix(1_700_000_000, 0)
	require.NotEqual(t, newTimeouts().after(block), newTimeouts().after(block)) // equal once in 10⁹ runs
}
