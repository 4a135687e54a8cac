package claim

import (
	"fmt"
	"math/big"

	"cosmossdk.io/math"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
)

// Earning returns what the supplier's shareholders together get of a settled amount ≥ 0: their part of what is minted
// for what the application burns, and of the global inflation, each rounded down as the chain does.
func Earning(settled math.Int, p *tokenomicstypes.Params) (math.Int, error) {
	var ratios [4]*big.Rat
	for i, f := range []float64{
		p.MintRatio, p.MintEqualsBurnClaimDistribution.Supplier, p.GlobalInflationPerClaim, p.MintAllocationPercentages.Supplier,
	} {
		r, err := Ratio(f)
		if err != nil {
			return math.Int{}, fmt.Errorf("earning of a claim: %w", err)
		}
		ratios[i] = r
	}
	mint, burnShare, inflation, mintShare := ratios[0], ratios[1], ratios[2], ratios[3]
	return part(part(settled, mint), burnShare).Add(part(GlobalMint(settled, inflation), mintShare)), nil
}

// part returns x · r rounded down, of an amount and a ratio ≥ 0.
func part(x math.Int, r *big.Rat) math.Int {
	return math.NewIntFromBigInt(floor(new(big.Rat).Mul(new(big.Rat).SetInt(x.BigInt()), r)))
}
