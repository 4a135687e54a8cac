package claim

import (
	stdmath "math"
	"math/big"
	"testing"

	"cosmossdk.io/math"
	"github.com/pokt-network/poktroll/pkg/encoding"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRatioLikeTheChain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64().Draw(t, "parameter")
		want, err := encoding.Float64ToRat(f)
		require.NoError(t, err)
		got, err := Ratio(f)
		require.NoError(t, err)
		require.Zero(t, want.Cmp(got))
	})
	_, err := Ratio(stdmath.NaN())
	require.Error(t, err)
	_, err = Ratio(stdmath.Inf(1))
	require.Error(t, err)
}

// MaxSettlement is the greatest amount whose stake terms fit.
func TestMaxSettlementInverts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inflation := big.NewRat(rapid.Int64Range(0, 1e6).Draw(t, "inflation"), 1e6)
		stake := math.NewInt(rapid.Int64Min(0).Draw(t, "stake"))
		most := MaxSettlement(stake, inflation)
		require.True(t, StakeTerms(most, inflation).LTE(stake))
		require.True(t, StakeTerms(most.AddRaw(1), inflation).GT(stake))
	})
}

// However a budget is spread, nobody gets more than he claimed, less than his
// floor allows, or more than the multiplied floor.
func TestLimitIsWithinBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(0, 1e12)
		b := Budget{
			Floor: math.NewInt(amount.Draw(t, "floor")), Unused: math.NewInt(amount.Draw(t, "unused")),
			Multiplier: rapid.Uint64Range(0, 5).Draw(t, "multiplier"),
			Inflation:  big.NewRat(rapid.Int64Range(0, 1000).Draw(t, "inflation"), 1000),
		}
		claimed := math.NewInt(amount.Draw(t, "claimed"))
		need := StakeTerms(claimed, b.Inflation)
		over := math.MaxInt(math.ZeroInt(), need.Sub(b.Floor))
		b.Excess = over.AddRaw(amount.Draw(t, "excess of others"))
		l := b.Limit(claimed)

		require.True(t, l.Settled.LTE(claimed))
		require.Equal(t, l.Settled.LT(claimed), l.Overserviced)
		require.True(t, l.Settled.GTE(math.MinInt(claimed, MaxSettlement(b.Floor, b.Inflation))))
		require.True(t, StakeTerms(l.Settled, b.Inflation).LTE(math.MaxInt(b.Floor, b.Floor.MulRaw(int64(b.Multiplier)))))
		require.True(t, l.Effective.LTE(l.Expected) && l.Expected.Equal(need))
	})
}

func TestMeter(t *testing.T) {
	p := sharedtypes.DefaultParams() // 42 upokt per compute unit, one session pending
	cost, err := RelayCost(7, &p)
	require.NoError(t, err)
	require.EqualValues(t, 294, cost)
	require.Equal(t, "16", MeterLimit(math.NewInt(101), 3, &p).String())
	require.True(t, MeterLimit(math.NewInt(101), 0, &p).IsZero())

	p.ComputeUnitsToTokensMultiplier, p.ComputeUnitCostGranularity = 999_999, 1_000_000
	cost, err = RelayCost(1, &p)
	require.NoError(t, err)
	require.Zero(t, cost)
	p.ComputeUnitCostGranularity = 0
	_, err = RelayCost(1, &p)
	require.ErrorIs(t, err, ErrPrices)
	p.ComputeUnitCostGranularity, p.ComputeUnitsToTokensMultiplier = 1, 1<<63
	_, err = RelayCost(2, &p)
	require.ErrorIs(t, err, ErrPrices)
}
