package economics_test

import (
	"math/big"
	"slices"
	"testing"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lodeworks/lode/services/submitter/economics"
)

// lots is how many claims alike the twin makes: probabilities in the tests are whole parts of it.
const lots = 1000

// world is a case in whole numbers: shares in thousandths.
type world struct {
	claimed, expected, threshold, submission, claimFee, proofFee int64
	chance, mint, share, inflation, mintShare, margin            int64
}

func draw(t *rapid.T) world {
	amount := rapid.OneOf(rapid.Int64Range(0, 200), rapid.Int64Range(0, 1e9))
	part := rapid.OneOf(rapid.SampledFrom([]int64{0, 1, 250, 999, lots}), rapid.Int64Range(0, lots))
	w := world{
		claimed: amount.Draw(t, "claimed"), threshold: amount.Draw(t, "threshold"), submission: amount.Draw(t, "submission fee"),
		claimFee: amount.Draw(t, "claim fee"), proofFee: amount.Draw(t, "proof fee"), chance: part.Draw(t, "chance"),
		mint: part.Draw(t, "mint ratio"), share: part.Draw(t, "share"), inflation: part.Draw(t, "inflation"),
		mintShare: part.Draw(t, "share of the inflation"), margin: rapid.Int64Range(0, 5*lots).Draw(t, "margin"),
	}
	w.expected = rapid.Int64Range(0, w.claimed).Draw(t, "expected")
	return w
}

func (w world) weigh(t require.TestingT) economics.Balance {
	threshold, fee := sdk.NewInt64Coin("upokt", w.threshold), sdk.NewInt64Coin("upokt", w.submission)
	part := func(n int64) float64 { return float64(n) / lots }
	tokens := &tokenomicstypes.Params{MintRatio: part(w.mint), GlobalInflationPerClaim: part(w.inflation)}
	tokens.MintEqualsBurnClaimDistribution.Supplier, tokens.MintAllocationPercentages.Supplier = part(w.share), part(w.mintShare)
	b, err := economics.Weigh(economics.Case{
		Claimed: math.NewInt(w.claimed), Expected: math.NewInt(w.expected), ClaimFee: uint64(w.claimFee), ProofFee: uint64(w.proofFee),
		Proof:  &prooftypes.Params{ProofRequestProbability: part(w.chance), ProofRequirementThreshold: &threshold, ProofSubmissionFee: &fee},
		Tokens: tokens,
	})
	require.NoError(t, err)
	return b
}

// pays is the slow, obvious twin: a thousand claims alike are made one after another, as many of them proven as the
// chance says, and what came in is compared with what went out. No fraction appears.
func (w world) pays() bool {
	var in, out int64
	for i := range int64(lots) {
		minted := w.expected * w.mint / lots
		inflation := (w.expected*w.inflation + lots - 1) / lots
		in += minted*w.share/lots + inflation*w.mintShare/lots
		out += w.claimFee
		if w.claimed >= w.threshold || i < w.chance {
			out += w.proofFee + w.submission
		}
	}
	return new(big.Int).Mul(big.NewInt(in), big.NewInt(lots)).Cmp(new(big.Int).Mul(big.NewInt(out), big.NewInt(w.margin))) >= 0
}

func TestPaysLikeItsTwin(t *testing.T) {
	both := map[bool]int{}
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		got := w.weigh(t).Pays(big.NewRat(w.margin, lots))
		require.Equal(t, w.pays(), got, "%+v", w)
		both[got]++
	})
	require.Positive(t, both[true], "the cases show both answers")
	require.Positive(t, both[false], "the cases show both answers")
}

// What earns as much as it costs is made; one upokt less is not. Without a margin everything is.
func TestMargin(t *testing.T) {
	w := world{claimed: 100, expected: 100, threshold: 1000, submission: 10, claimFee: 20, proofFee: 30, chance: 250, mint: lots, share: 300}
	b := w.weigh(t)
	require.Equal(t, "it is expected to earn 30 upokt and to cost 30", b.String())
	require.True(t, b.Pays(big.NewRat(1, 1)))
	w.claimFee = 21
	b = w.weigh(t)
	require.False(t, b.Pays(big.NewRat(1, 1)))
	require.True(t, b.Pays(new(big.Rat)))
	w.chance = 251
	require.Contains(t, w.weigh(t).String(), "to cost 31.04")
}

// Parameters from which no balance follows skip nothing: they are errors.
func TestUnusableParameters(t *testing.T) {
	threshold := sdk.NewInt64Coin("upokt", 1)
	for _, p := range []prooftypes.Params{{}, {ProofRequirementThreshold: &threshold, ProofRequestProbability: 1.5}} {
		_, err := economics.Weigh(economics.Case{Claimed: math.ZeroInt(), Expected: math.ZeroInt(), Proof: &p, Tokens: &tokenomicstypes.Params{}})
		require.Error(t, err)
	}
}

func TestFeesAreTheMedianOfTheLast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := new(economics.Fees)
		_, seen := f.Of(economics.Claim)
		require.False(t, seen)
		paid := rapid.SliceOfN(rapid.Uint64Range(0, 9), 1, 80).Draw(t, "paid")
		for _, upokt := range paid {
			f.Paid(economics.Claim, upokt)
		}
		last := slices.Sorted(slices.Values(paid[max(0, len(paid)-31):]))
		got, seen := f.Of(economics.Claim)
		require.True(t, seen)
		require.Equal(t, last[(len(last)-1)/2], got)
		_, seen = f.Of(economics.Proof)
		require.False(t, seen)
	})
}
