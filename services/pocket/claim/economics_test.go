package claim

import (
	stdmath "math"
	"math/big"
	"testing"

	"cosmossdk.io/math"
	"github.com/pokt-network/poktroll/pkg/encoding"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
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

// What the chain paid the shareholders of a claim of 105,000 upokt, with an inflation of a tenth (events recorded in
// services/analytics/testdata): 14,700 + 58,800 + 1,470 + 5,880.
func TestEarningLikeTheChain(t *testing.T) {
	p := &tokenomicstypes.Params{MintRatio: 1, GlobalInflationPerClaim: 0.1}
	p.MintEqualsBurnClaimDistribution.Supplier, p.MintAllocationPercentages.Supplier = 0.7, 0.7
	got, err := Earning(math.NewInt(105_000), p)
	require.NoError(t, err)
	require.Equal(t, "80850", got.String())
	p.MintRatio = stdmath.Inf(1)
	_, err = Earning(math.NewInt(1), p)
	require.Error(t, err)
}

// Of all claims of a session together no more is paid than the purse has, and each gets at least its floor.
func TestPurseIsNotOverspent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Purse{
			Stake: math.NewInt(rapid.Int64Range(0, 1e6).Draw(t, "stake")), Pending: rapid.Int64Range(1, 4).Draw(t, "pending"),
			Multiplier: rapid.Uint64Range(0, 50).Draw(t, "multiplier"), Inflation: big.NewRat(rapid.Int64Range(0, 1000).Draw(t, "inflation"), 1000),
		}
		most := p.Stake.QuoRaw(p.Pending)
		if rapid.Bool().Draw(t, "limited") {
			p.SpendLimit = math.NewInt(rapid.Int64Range(0, 1e6).Draw(t, "limit"))
			most = math.MinInt(most, p.SpendLimit)
		}
		var claimed []math.Int
		for range rapid.IntRange(1, 20).Draw(t, "claims") {
			claimed = append(claimed, math.NewInt(rapid.Int64Range(0, 2e5).Draw(t, "claimed")))
		}
		b, sum := p.Budget(uint64(len(claimed)), claimed...), math.ZeroInt()
		for _, c := range claimed {
			settled := b.Limit(c).Settled
			sum = sum.Add(StakeTerms(settled, p.Inflation))
			require.True(t, settled.GTE(math.MinInt(c, MaxSettlement(b.Floor, p.Inflation))))
		}
		require.True(t, sum.LTE(most), "%s of %s", sum, most)
		require.Zero(t, p.Budget(3).Unused.Int64()+p.Budget(3).Excess.Int64())
	})
}
