package claim

import (
	"errors"
	"fmt"
	stdmath "math"
	"math/big"

	"cosmossdk.io/math"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"

	"github.com/lodeworks/lode/services/pocket/difficulty"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// ErrPrices is returned, wrapped, for prices from which no amount follows: a
// zero granularity or target, or numbers of 2^63 or more.
var ErrPrices = errors.New("unusable prices")

// Prices are what a claim's worth depends on besides its root, all in force at
// the session's start.
type Prices struct {
	Target      difficulty.Target // of the service; not zero
	Multiplier  uint64            // upokt per Granularity compute units; below 2^63
	Granularity uint64            // compute units; 1 to 2^63 − 1
}

// PricesAt joins the shared parameters and the service's target in force at
// the session's start.
func PricesAt(p *sharedtypes.Params, target difficulty.Target) Prices {
	return Prices{target, p.ComputeUnitsToTokensMultiplier, p.ComputeUnitCostGranularity}
}

// Amounts are what a claim says and what it is worth.
type Amounts struct {
	Relays                uint64   // leaves of the tree
	ComputeUnits          uint64   // sum of their weights: claimed
	EstimatedComputeUnits uint64   // scaled by the difficulty, rounded down, modulo 2^64
	EstimatedRelays       uint64   // EstimatedComputeUnits in relays
	Upokt                 math.Int // worth before any cap at settlement
}

// AmountsOf returns the amounts of a claim with this root. The error matches
// [ErrPrices]; the worth must stay below 2^256.
func AmountsOf(root smst.Digest, p Prices) (Amounts, error) {
	a := Amounts{Relays: root.Count(), ComputeUnits: root.Sum()}
	units, err := p.scaled(a.ComputeUnits)
	if err != nil {
		return a, err
	}
	a.EstimatedComputeUnits = floor(units).Uint64()
	if a.Relays > 0 && a.ComputeUnits/a.Relays > 0 {
		a.EstimatedRelays = a.EstimatedComputeUnits / (a.ComputeUnits / a.Relays)
	}
	worth := floor(units.Mul(units, big.NewRat(int64(p.Multiplier), int64(p.Granularity))))
	if worth.BitLen() > math.MaxBitLen {
		return a, fmt.Errorf("claim of %d compute units: %w: worth of %d bits", a.ComputeUnits, ErrPrices, worth.BitLen())
	}
	a.Upokt = math.NewIntFromBigInt(worth)
	return a, nil
}

// scaled returns the compute units served for the units claimed.
func (p Prices) scaled(units uint64) (*big.Rat, error) {
	if p.Granularity == 0 || p.Granularity > stdmath.MaxInt64 || p.Multiplier > stdmath.MaxInt64 {
		return nil, fmt.Errorf("%w: %d upokt per %d compute units", ErrPrices, p.Multiplier, p.Granularity)
	}
	m, err := difficulty.Multiplier(p.Target)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPrices, err)
	}
	return m.Mul(m, new(big.Rat).SetInt(new(big.Int).SetUint64(units))), nil
}

// floor rounds r ≥ 0 down.
func floor(r *big.Rat) *big.Int { return new(big.Int).Quo(r.Num(), r.Denom()) }
