package claim

import (
	"math/big"

	"cosmossdk.io/math"
)

// Purse is what an application has for the claims of one session, and the rules by which it is spread.
type Purse struct {
	Stake      math.Int // when the session is settled, ≥ 0
	SpendLimit math.Int // of one session; nil: none
	Pending    int64    // sessions that can await settlement at once, by the parameters at the session's end; positive
	Multiplier uint64   // see Budget
	Inflation  *big.Rat // see Budget
}

// Budget spreads the purse over the session's claims as settlement does. n is how many claims there are, at least one;
// settling are the claimed amounts of those that will be settled, or of those that are known.
func (p Purse) Budget(n uint64, settling ...math.Int) Budget {
	part := p.Stake.QuoRaw(max(p.Pending, 1))
	if !p.SpendLimit.IsNil() {
		part = math.MinInt(part, p.SpendLimit)
	}
	b := Budget{
		Floor: part.Quo(math.NewIntFromUint64(max(n, 1))), Unused: math.ZeroInt(), Excess: math.ZeroInt(),
		Multiplier: p.Multiplier, Inflation: p.Inflation,
	}
	for _, claimed := range settling {
		if over := StakeTerms(claimed, p.Inflation).Sub(b.Floor); over.IsNegative() {
			b.Unused = b.Unused.Sub(over)
		} else {
			b.Excess = b.Excess.Add(over)
		}
	}
	return b
}
