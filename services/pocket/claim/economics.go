package claim

import (
	"fmt"
	"math/big"
	"strconv"

	"cosmossdk.io/math"
)

// Ratio returns the decimal fraction that a float parameter means: that of its
// shortest decimal form, so that 0.1 is 1/10. Infinities and NaN are errors.
func Ratio(f float64) (*big.Rat, error) {
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(f, 'f', -1, 64))
	if !ok {
		return nil, fmt.Errorf("parameter %v is not a number", f)
	}
	return r, nil
}

// GlobalMint returns what is minted on top of a settled amount ≥ 0, rounded
// up. inflation ≥ 0 is the [Ratio] of the global inflation per claim. The
// application pays this too and has it reimbursed off chain.
func GlobalMint(settled math.Int, inflation *big.Rat) math.Int {
	product := new(big.Rat).Mul(new(big.Rat).SetInt(settled.BigInt()), inflation)
	mint, rest := new(big.Int).QuoRem(product.Num(), product.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		mint.Add(mint, big.NewInt(1))
	}
	return math.NewIntFromBigInt(mint)
}

// StakeTerms returns what settling an amount takes from the application's
// stake: the amount and its [GlobalMint].
func StakeTerms(settled math.Int, inflation *big.Rat) math.Int {
	return settled.Add(GlobalMint(settled, inflation))
}

// MaxSettlement returns the most that can be settled out of a part of the
// stake, rounded down: the inverse of [StakeTerms].
func MaxSettlement(stake math.Int, inflation *big.Rat) math.Int {
	divisor := new(big.Rat).Add(big.NewRat(1, 1), inflation)
	return math.NewIntFromBigInt(floor(divisor.Quo(new(big.Rat).SetInt(stake.BigInt()), divisor)))
}

// Budget is what an application has for one session's claims, in stake terms.
// All amounts are ≥ 0 and below 2^120, so that their products fit.
type Budget struct {
	Floor      math.Int // guaranteed to each claim
	Unused     math.Int // sum of what claims left of their floors
	Excess     math.Int // sum of what claims want above their floors
	Multiplier uint64   // a claim gets at most this many floors; 0 counts as 1
	Inflation  *big.Rat // see GlobalMint
}

// Limit is the outcome of a budget for one claim.
type Limit struct {
	Settled      math.Int // what is paid
	Overserviced bool     // less than claimed
	Expected     math.Int // stake terms of the claim
	Effective    math.Int // stake terms of what the budget allows, at most Expected
}

// Limit returns what is paid of a claimed amount.
func (b Budget) Limit(claimed math.Int) Limit {
	need := StakeTerms(claimed, b.Inflation)
	most := b.most(need)
	l := Limit{Settled: claimed, Expected: need, Effective: math.MinInt(need, most)}
	if payable := MaxSettlement(most, b.Inflation); claimed.GT(payable) {
		l.Settled, l.Overserviced = payable, true
	}
	return l
}

// most is what the budget allows a claim that needs this much: its floor and a
// share of what others left, by its share of what all want.
func (b Budget) most(need math.Int) math.Int {
	if b.Multiplier <= 1 {
		return b.Floor
	}
	most := b.Floor
	if excess := need.Sub(b.Floor); b.Excess.IsPositive() && excess.IsPositive() {
		most = most.Add(b.Unused.Mul(excess).Quo(b.Excess))
	}
	return math.MinInt(most, b.Floor.Mul(math.NewIntFromUint64(b.Multiplier)))
}
