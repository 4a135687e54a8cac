package claim

import (
	"encoding/binary"
	"testing"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lodeworks/lode/services/pocket/difficulty"
	"github.com/lodeworks/lode/services/pocket/smst"
)

func digest(sum, count uint64) (d smst.Digest) {
	binary.BigEndian.PutUint64(d[32:], sum)
	binary.BigEndian.PutUint64(d[40:], count)
	return d
}

var header = &sessiontypes.SessionHeader{ApplicationAddress: "app", ServiceId: "svc", SessionId: "id",
	SessionStartBlockHeight: 1, SessionEndBlockHeight: 10}

// The chain's own functions agree on any claim.
func TestAmountsLikeTheChain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var target difficulty.Target
		bytes := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "target")
		copy(target[rapid.IntRange(0, 8).Draw(t, "zeros"):], bytes)
		target[31] |= 1
		count := rapid.Uint64Range(0, 1<<40).Draw(t, "count")
		root := digest(count*rapid.Uint64Range(0, 1<<21).Draw(t, "units"), count)
		p := sharedtypes.Params{
			ComputeUnitsToTokensMultiplier: rapid.Uint64Range(0, 1<<40).Draw(t, "multiplier"),
			ComputeUnitCostGranularity:     rapid.Uint64Range(1, 1<<40).Draw(t, "granularity"),
		}
		got, err := AmountsOf(root, PricesAt(&p, target))
		require.NoError(t, err)

		c := Stored(NewCreateClaim("supplier", header, root))
		d := servicetypes.RelayMiningDifficulty{ServiceId: "svc", TargetHash: target[:]}
		coin, err := c.GetClaimeduPOKT(p, d)
		require.NoError(t, err)
		require.Equal(t, coin.Amount.String(), got.Upokt.String())
		units, err := c.GetNumEstimatedComputeUnits(d)
		require.NoError(t, err)
		relays, err := c.GetNumEstimatedRelays(d)
		require.NoError(t, err)
		require.Equal(t, []uint64{count, root.Sum(), units, relays},
			[]uint64{got.Relays, got.ComputeUnits, got.EstimatedComputeUnits, got.EstimatedRelays})
	})
}

func TestUnusablePrices(t *testing.T) {
	good := Prices{Target: difficulty.Base, Multiplier: 1, Granularity: 1}
	for name, p := range map[string]Prices{
		"zero target":      {Multiplier: 1, Granularity: 1},
		"zero granularity": {Target: difficulty.Base, Multiplier: 1},
		"huge granularity": {Target: difficulty.Base, Multiplier: 1, Granularity: 1 << 63},
		"huge multiplier":  {Target: difficulty.Base, Multiplier: 1 << 63, Granularity: 1},
		"worth overflows":  {Target: difficulty.Target{31: 1}, Multiplier: 1 << 62, Granularity: 1},
	} {
		_, err := AmountsOf(digest(1<<40, 1), p)
		require.ErrorIs(t, err, ErrPrices, name)
	}
	_, err := AmountsOf(digest(1<<40, 1), good)
	require.NoError(t, err)
}

// Protocol mining.md §6.
func TestDraw(t *testing.T) {
	for seed, want := range map[string]Draw{
		"abc":    {Source: 7709, Value: 0.35727663082120725},
		"seed-1": {Source: 7, Value: 0.91889215925276346},
		"seed-2": {Source: -42, Value: 0.62693468368979988},
		"":       {Source: -69766194, Value: 0.25352049889175265},
	} {
		got := NewDraw([]byte(seed))
		require.Equal(t, want.Source, got.Source)
		require.Equal(t, want.Value, got.Value)
	}
}

func TestDrawLikeTheChain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Stored(NewCreateClaim(rapid.String().Draw(t, "supplier"), header, digest(rapid.Uint64().Draw(t, "sum"), 1)))
		c.ProofValidationStatus = prooftypes.ClaimProofStatus(rapid.IntRange(0, 2).Draw(t, "status"))
		seed := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "block hash")
		want, err := c.GetProofRequirementSampleValue(seed)
		require.NoError(t, err)
		got, err := DrawFor(c, seed)
		require.NoError(t, err)
		require.Equal(t, want, got.Value)
	})
}

func TestRequirement(t *testing.T) {
	c := Stored(NewCreateClaim("supplier", header, digest(100, 1)))
	seed := make([]byte, 32)
	draw, err := DrawFor(c, seed)
	require.NoError(t, err)
	threshold := sdk.Coin{Denom: "upokt", Amount: math.NewInt(20)}
	for _, tc := range []struct {
		upokt       int64
		probability float64
		want        Reason
	}{
		{20, 0, prooftypes.ProofRequirementReason_THRESHOLD},
		{21, 1, prooftypes.ProofRequirementReason_THRESHOLD},
		{19, 0, prooftypes.ProofRequirementReason_NOT_REQUIRED},
		{19, 1, prooftypes.ProofRequirementReason_PROBABILISTIC},
		{19, draw.Value, prooftypes.ProofRequirementReason_PROBABILISTIC},
		{19, draw.Value - 1e-12, prooftypes.ProofRequirementReason_NOT_REQUIRED},
	} {
		p := &prooftypes.Params{ProofRequestProbability: tc.probability, ProofRequirementThreshold: &threshold}
		got, err := Requirement(c, math.NewInt(tc.upokt), p, seed)
		require.NoError(t, err)
		require.Equal(t, tc.want, got, "%+v", tc)
	}
	_, err = Requirement(c, math.NewInt(1), &prooftypes.Params{}, seed)
	require.ErrorIs(t, err, ErrThreshold)
}
