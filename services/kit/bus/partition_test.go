package bus_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
)

func TestPartition(t *testing.T) {
	require.Equal(t, uint32(0), bus.Partition("supplier/session", 1))
	seen := map[uint32]bool{}
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		p := bus.Partition(id, 64)
		require.Less(t, p, uint32(64))
		require.Equal(t, p, bus.Partition(id, 64))
		seen[p] = true
	}
	require.Greater(t, len(seen), 4)
	require.Equal(t, uint32(14), bus.Partition("supplier/session", 64), "the same for ever")
}
