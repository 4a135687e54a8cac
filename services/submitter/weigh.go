package submitter

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"cosmossdk.io/math"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"

	"github.com/lodeworks/lode/services/submitter/economics"
)

// weigh decides whether a claim that was never broadcast is made now, and returns the obligation with the decision. It
// is stored and said when it changes: a claim that is skipped may be made in the next block. What cannot be weighed is
// left as it was, to be made at first.
func (s *Submitter) weigh(ctx context.Context, h head, o *claimv1.Obligation) (*claimv1.Obligation, error) {
	if o.ClaimAttempts > 0 {
		return o, nil
	}
	skip, err := s.skip(ctx, h, o)
	if err != nil {
		s.kit.Log.Warn("claim not weighed", "supplier", o.Terms.Supplier, "session", o.Terms.SessionId, "err", err)
		return o, nil
	}
	if (skip == nil) == (o.Skip == nil) {
		return o, nil
	}
	next := with(o, func(o *claimv1.Obligation) { o.Skip, o.Reason = skip, reasonOf(skip) })
	if err := s.book.store(ctx, o, next); err != nil {
		return nil, err
	}
	if skip == nil {
		return next, nil // the claim's phase says the rest
	}
	s.kit.Log.Info("claim skipped", "supplier", o.Terms.Supplier, "session", o.Terms.SessionId, "height", h.height,
		"claimed_upokt", o.ClaimedUpokt, "earns_upokt", skip.EarnsUpokt, "costs_upokt", skip.CostsUpokt, "claim_margin", skip.Margin)
	return next, s.say(ctx, next)
}

// skip is the decision not to make a claim now, nil when it is made.
func (s *Submitter) skip(ctx context.Context, h head, o *claimv1.Obligation) (*claimv1.Skip, error) {
	if o.Forced || s.margin.Sign() == 0 {
		return nil, nil
	}
	b, err := s.balance(ctx, h, o)
	if err != nil || b.Pays(s.margin) {
		return nil, err
	}
	return &claimv1.Skip{Height: h.height, EarnsUpokt: b.Earns.String(), CostsUpokt: economics.Decimal(b.Costs), Margin: s.cfg.ClaimMargin}, nil
}

func reasonOf(skip *claimv1.Skip) string {
	if skip == nil {
		return ""
	}
	return fmt.Sprintf("not worth its cost at height %d: expected to earn %s upokt and to cost %s, claim_margin is %v", skip.Height, skip.EarnsUpokt, skip.CostsUpokt, skip.Margin)
}

func (s *Submitter) balance(ctx context.Context, h head, o *claimv1.Obligation) (economics.Balance, error) {
	c := economics.Case{ClaimFee: s.fee(economics.Claim), ProofFee: s.fee(economics.Proof)}
	var ok bool
	if c.Claimed, ok = math.NewIntFromString(o.ClaimedUpokt); !ok {
		return economics.Balance{}, errors.New("the claim's worth is not a number")
	}
	if c.Expected, ok = math.NewIntFromString(o.ExpectedUpokt); !ok {
		c.Expected = c.Claimed
	}
	var err error
	if c.Proof, err = s.proofs.at(h.height, func() (*prooftypes.Params, error) { return s.facts.ProofParams(ctx) }); err != nil {
		return economics.Balance{}, err
	}
	if c.Tokens, err = s.tokens.at(h.height, func() (*tokenomicstypes.Params, error) { return s.facts.TokenParams(ctx) }); err != nil {
		return economics.Balance{}, err
	}
	return economics.Weigh(c)
}

// What a message of each kind needs when it is alone in its transaction, as seen on the chain: by this a fee is
// estimated before the first is observed.
var usualGas = map[economics.Kind]int64{economics.Claim: 90_000, economics.Proof: 180_000}

// fee is what a message costs: as the last ones did.
func (s *Submitter) fee(k economics.Kind) uint64 {
	if upokt, seen := s.fees.Of(k); seen {
		return upokt
	}
	gas := new(big.Rat).Mul(new(big.Rat).SetInt64(usualGas[k]), new(big.Rat).SetFloat64(s.cfg.GasAdjustment))
	fee := s.gasPrice.Mul(math.LegacyMustNewDecFromStr(gas.FloatString(0))).Ceil().TruncateInt()
	return math.MinInt(fee, math.NewIntFromUint64(s.cfg.MaxFeeUpokt)).Uint64()
}
