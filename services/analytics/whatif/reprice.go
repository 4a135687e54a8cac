package whatif

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"

	"cosmossdk.io/math"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"

	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/pocket/difficulty"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// Claim is one claim that the chain ended, with the terms that were in force for it.
type Claim struct {
	Supplier         string
	Application      string
	Service          string
	SessionID        string // empty where it did not settle
	SessionEndHeight int64
	Height           int64 // of the settlement
	Day              string
	Relays           uint64 // leaves
	ComputeUnits     uint64
	Settles          bool // false: it expired or was discarded, and only shares the budget
	Actual           Outcome

	Prices          claim.Prices           // at the session's start
	Params          tokenomicstypes.Params // at the settlement
	PendingSessions int64                  // that an application's stake is divided by, at the session's end
	Stake           math.Int               // of the application before the settlement
	SpendLimit      math.Int               // of the application for a session; 0: none
	Probability     float64                // of a proof's being asked for, below the threshold
	Threshold       math.Int               // from which a proof is asked for
}

// Outcome is what settling a claim comes to, in upokt.
type Outcome struct {
	Claimed math.Int `json:"claimed_upokt"`
	Settled math.Int `json:"settled_upokt"`
	Minted  math.Int `json:"minted_upokt"` // without inflation
	Earned  math.Int `json:"earned_upokt"` // the supplier's side
}

// Zero is an outcome of nothing.
func Zero() Outcome {
	return Outcome{math.ZeroInt(), math.ZeroInt(), math.ZeroInt(), math.ZeroInt()}
}

// plus is the sum of both.
func (o Outcome) plus(b Outcome) Outcome {
	return Outcome{o.Claimed.Add(b.Claimed), o.Settled.Add(b.Settled), o.Minted.Add(b.Minted), o.Earned.Add(b.Earned)}
}

// Change is what is different; nil: as it was.
type Change struct {
	Multiplier    *uint64            // upokt per Granularity compute units
	Granularity   *uint64            // compute units
	UnitsPerRelay *uint64            // weight of a leaf
	Target        *difficulty.Target // relays below it become leaves: as many more or fewer as the target is larger or smaller
	MintRatio     *float64
	Inflation     *float64 // global, per claim
	Probability   *float64 // of a proof's being asked for
	Threshold     *math.Int
}

// Repriced is a claim with its outcome under the change.
type Repriced struct {
	Claim
	Then           Outcome
	ExpectedProofs float64 // 1, or the chance below the threshold; of claims that settle

	took math.Int // from the application's stake, as it was
}

// Reprice settles the claims again, block after block. An application's stake in a later block is larger by what the change
// left of it before, or smaller.
func Reprice(claims []Claim, change Change) ([]Repriced, error) {
	sorted := slices.Clone(claims)
	slices.SortStableFunc(sorted, func(a, b Claim) int { return int(a.Height - b.Height) })
	saved := map[string]math.Int{} // of each application, by the change
	out := make([]Repriced, 0, len(sorted))
	for len(sorted) > 0 {
		n := slices.IndexFunc(sorted, func(c Claim) bool { return c.Height != sorted[0].Height })
		if n < 0 {
			n = len(sorted)
		}
		block, err := settleBlock(sorted[:n], change, saved)
		if err != nil {
			return nil, err
		}
		out, sorted = append(out, block...), sorted[n:]
	}
	return out, nil
}

// session is the claims that share an application's budget.
type session struct {
	application string
	end         int64
}

// settleBlock settles the claims of one height, and notes in saved what they took less than they did.
func settleBlock(claims []Claim, change Change, saved map[string]math.Int) ([]Repriced, error) {
	block := make([]Repriced, len(claims))
	groups := map[session][]*Repriced{}
	for i, c := range claims {
		changed, err := change.of(c)
		if err != nil {
			return nil, fmt.Errorf("claim of %s in the session that ends at %d: %w", c.Supplier, c.SessionEndHeight, err)
		}
		block[i] = changed
		key := session{c.Application, c.SessionEndHeight}
		groups[key] = append(groups[key], &block[i])
	}
	less := map[string]math.Int{} // stakes are taken at the end of a block
	for key, group := range groups {
		took, err := settleSession(group, orZero(saved[key.application]))
		if err != nil {
			return nil, err
		}
		less[key.application] = orZero(less[key.application]).Add(took)
	}
	for application, n := range less {
		saved[application] = orZero(saved[application]).Add(n)
	}
	return block, nil
}

// settleSession settles the claims that share a budget, of a stake that is larger by saved, and returns how much less they
// took from it than they did.
func settleSession(group []*Repriced, saved math.Int) (less math.Int, err error) {
	inflation, err := claim.Ratio(group[0].Params.GlobalInflationPerClaim)
	if err != nil {
		return math.Int{}, err
	}
	purse := claim.Purse{
		Stake: math.MaxInt(group[0].Stake.Add(saved), math.ZeroInt()), Pending: group[0].PendingSessions,
		Multiplier: group[0].Params.OverservicingBonusMultiplier, Inflation: inflation,
	}
	if limit := group[0].SpendLimit; !limit.IsNil() && limit.IsPositive() {
		purse.SpendLimit = limit
	}
	var settling []math.Int
	for _, r := range group {
		if r.Settles {
			settling = append(settling, r.Then.Claimed)
		}
	}
	budget := purse.Budget(uint64(len(group)), settling...)
	less = math.ZeroInt()
	for _, r := range group {
		if !r.Settles {
			continue
		}
		if err := r.pay(budget.Limit(r.Then.Claimed).Settled); err != nil {
			return math.Int{}, err
		}
		less = less.Add(r.took).Sub(claim.StakeTerms(r.Then.Settled, inflation))
	}
	return less, nil
}

// pay is what a settled amount comes to.
func (r *Repriced) pay(settled math.Int) error {
	ratio, err := claim.Ratio(r.Params.MintRatio)
	if err != nil {
		return err
	}
	r.Then.Settled = settled
	product := new(big.Rat).Mul(new(big.Rat).SetInt(settled.BigInt()), ratio)
	r.Then.Minted = math.NewIntFromBigInt(new(big.Int).Quo(product.Num(), product.Denom()))
	r.Then.Earned, err = claim.Earning(settled, &r.Params)
	return err
}

// of is the claim with its terms changed, and its value.
func (ch Change) of(c Claim) (Repriced, error) {
	before, err := claim.Ratio(c.Params.GlobalInflationPerClaim)
	if err != nil {
		return Repriced{}, err
	}
	r := Repriced{Claim: c, Then: Zero(), took: claim.StakeTerms(c.Actual.Settled, before)}
	set(&r.Prices.Multiplier, ch.Multiplier)
	set(&r.Prices.Granularity, ch.Granularity)
	set(&r.Params.MintRatio, ch.MintRatio)
	set(&r.Params.GlobalInflationPerClaim, ch.Inflation)
	set(&r.Probability, ch.Probability)
	set(&r.Threshold, ch.Threshold)
	if ch.UnitsPerRelay != nil {
		r.ComputeUnits = r.Relays * *ch.UnitsPerRelay
	}
	if ch.Target != nil {
		if err := r.aim(*ch.Target); err != nil {
			return Repriced{}, err
		}
	}
	root := smst.Digest{}
	binary.BigEndian.PutUint64(root[32:], r.ComputeUnits)
	binary.BigEndian.PutUint64(root[40:], r.Relays)
	worth, err := claim.AmountsOf(root, r.Prices)
	if err != nil {
		return Repriced{}, err
	}
	r.Then.Claimed = worth.Upokt
	if c.Settles && r.Relays > 0 {
		r.ExpectedProofs = r.Probability
		if claim.OverThreshold(worth.Upokt, r.Threshold) {
			r.ExpectedProofs = 1
		}
	}
	return r, nil
}

func set[V any](v *V, to *V) {
	if to != nil {
		*v = *to
	}
}

// aim changes the difficulty: a relay becomes a leaf with another chance, so their number changes in proportion, to the
// nearest.
func (r *Repriced) aim(target difficulty.Target) error {
	if r.Relays == 0 {
		return nil
	}
	old := difficulty.Probability(r.Prices.Target)
	if old.Sign() == 0 {
		return claim.ErrPrices
	}
	weight := r.ComputeUnits / r.Relays
	leaves := new(big.Rat).SetInt(new(big.Int).SetUint64(r.Relays))
	leaves.Mul(leaves, difficulty.Probability(target)).Quo(leaves, old).Add(leaves, big.NewRat(1, 2))
	n := new(big.Int).Quo(leaves.Num(), leaves.Denom())
	if !n.IsUint64() {
		return claim.ErrPrices
	}
	r.Prices.Target, r.Relays, r.ComputeUnits = target, n.Uint64(), n.Uint64()*weight
	return nil
}

func orZero(n math.Int) math.Int {
	if n.IsNil() {
		return math.ZeroInt()
	}
	return n
}
