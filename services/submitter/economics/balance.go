package economics

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	"cosmossdk.io/math"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"

	"github.com/lodeworks/lode/services/pocket/claim"
)

// Case is a claim before it is made. Amounts are upokt.
type Case struct {
	Claimed  math.Int // by its root, which decides whether a proof is certain
	Expected math.Int // of that, what settlement is expected to pay; at most Claimed
	ClaimFee uint64   // of its message's part of a transaction
	ProofFee uint64   // the same of its proof
	Proof    *prooftypes.Params
	Tokens   *tokenomicstypes.Params
}

// Balance is what a claim is expected to earn and to cost, in upokt. Neither is negative.
type Balance struct {
	Earns math.Int // for the supplier's shareholders together
	Costs *big.Rat // fees; an expectation, therefore a fraction
}

// Weigh returns the balance of a claim.
func Weigh(c Case) (Balance, error) {
	if c.Proof.ProofRequirementThreshold == nil || c.Proof.ProofRequirementThreshold.Amount.IsNil() {
		return Balance{}, claim.ErrThreshold
	}
	earns, err := claim.Earning(c.Expected, c.Tokens)
	if err != nil {
		return Balance{}, err
	}
	chance, err := claim.Ratio(c.Proof.ProofRequestProbability)
	if err != nil {
		return Balance{}, err
	}
	one := big.NewRat(1, 1)
	if chance.Sign() < 0 || chance.Cmp(one) > 0 {
		return Balance{}, errors.New("proof probability is not between 0 and 1")
	}
	if claim.OverThreshold(c.Claimed, c.Proof.ProofRequirementThreshold.Amount) {
		chance = one
	}
	proof := whole(c.ProofFee)
	if fee := c.Proof.ProofSubmissionFee; fee != nil && !fee.Amount.IsNil() {
		proof.Add(proof, new(big.Rat).SetInt(fee.Amount.BigInt()))
	}
	costs := whole(c.ClaimFee)
	return Balance{earns, costs.Add(costs, proof.Mul(proof, chance))}, nil
}

// Pays tells whether the claim earns at least margin times what it costs.
func (b Balance) Pays(margin *big.Rat) bool {
	return new(big.Rat).SetInt(b.Earns.BigInt()).Cmp(new(big.Rat).Mul(margin, b.Costs)) >= 0
}

// String names both sides.
func (b Balance) String() string {
	return fmt.Sprintf("it is expected to earn %s upokt and to cost %s", b.Earns, Decimal(b.Costs))
}

// Decimal writes a fraction with up to three digits behind the point.
func Decimal(r *big.Rat) string {
	text := strings.TrimRight(r.FloatString(3), "0")
	return strings.TrimSuffix(text, ".")
}

func whole(n uint64) *big.Rat { return new(big.Rat).SetInt(new(big.Int).SetUint64(n)) }
