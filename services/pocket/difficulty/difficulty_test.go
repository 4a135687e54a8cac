package difficulty

import (
	"encoding/hex"
	"math/big"
	"strings"
	"testing"

	"github.com/pokt-network/poktroll/pkg/crypto/protocol"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestNextEMA(t *testing.T) {
	for _, c := range [][3]uint64{
		{100000, 0, 89999}, {100000, 200000, 110000}, {1000, 10, 900}, {5, 100, 14},
		{123456, 654321, 176542}, {1, 1, 1}, {0, 0, 0},
	} {
		require.Equal(t, c[2], NextEMA(c[0], c[1]), "%v", c)
	}
}

func TestNextTarget(t *testing.T) {
	for ema, want := range map[uint64]string{
		1:       strings.Repeat("ff", 32),
		100000:  strings.Repeat("ff", 32),
		100001:  "ffff583ac1ac1c114b9160ddeb4791b75f9f6ad33e74a874e0d123c1525382ef",
		200000:  "7f" + strings.Repeat("ff", 31),
		1000000: "19" + strings.Repeat("99", 31),
	} {
		got, err := NextTarget(Base, 100000, ema)
		require.NoError(t, err)
		require.Equal(t, want, hex.EncodeToString(got[:]), "ema %d", ema)
	}
	_, err := NextTarget(Base, 10, 0)
	require.ErrorIs(t, err, ErrZeroEMA)
}

// The chain's own functions agree on any input they take.
func TestLikeTheChain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var from Target
		copy(from[rapid.IntRange(0, 31).Draw(t, "zeros"):], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "from"))
		hash := [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash"))
		goal := rapid.Uint64().Draw(t, "goal")
		ema := rapid.Uint64Min(1).Draw(t, "ema")

		require.Equal(t, protocol.IsRelayVolumeApplicable(hash[:], from[:]), Applies(hash, from))
		next, err := NextTarget(from, goal, ema)
		require.NoError(t, err)
		require.Equal(t, protocol.ComputeNewDifficultyTargetHash(from[:], goal, ema), next[:])
		if from == (Target{}) {
			return
		}
		m, err := Multiplier(from)
		require.NoError(t, err)
		require.Zero(t, m.Cmp(protocol.GetRelayDifficultyMultiplier(from[:])))
		require.Zero(t, m.Mul(m, Probability(from)).Cmp(big.NewRat(1, 1)))
	})
}

func TestTargetBounds(t *testing.T) {
	require.False(t, Applies([32]byte(Base), Base))
	require.True(t, Applies([32]byte{}, Target{31: 1}))
	require.False(t, Applies([32]byte{}, Target{}))
	_, err := Multiplier(Target{})
	require.ErrorIs(t, err, ErrZeroTarget)
	got, err := Parse(Base[:])
	require.NoError(t, err)
	require.Equal(t, Base, got)
	_, err = Parse(Base[1:])
	require.Error(t, err)
}
