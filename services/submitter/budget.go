package submitter

import (
	"context"
	"fmt"

	"cosmossdk.io/math"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/pocket/session"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// expect estimates what the application's budget lets settlement pay of a claim, and returns what was estimated before
// when it cannot. Before the seed block it counts a claim of each of the session's suppliers, none of which leaves any
// of its part; from then on, the claims that there are, as if all of them were settled.
func (s *Submitter) expect(ctx context.Context, height int64, o *claimv1.Obligation) string {
	settled, err := s.expected(ctx, height, o)
	if err != nil {
		s.kit.Log.Info("budget of a claim not estimated", "supplier", o.Terms.Supplier, "session", o.Terms.SessionId, "err", err)
		return o.ExpectedUpokt
	}
	return settled.String()
}

func (s *Submitter) expected(ctx context.Context, height int64, o *claimv1.Obligation) (math.Int, error) {
	t := o.Terms
	claimed, ok := math.NewIntFromString(o.ClaimedUpokt)
	if !ok {
		return claimed, fmt.Errorf("worth %.100q is not a number", o.ClaimedUpokt)
	}
	payer, err := s.facts.Payer(ctx, t.Application, t.Service, t.StartHeight, height)
	if err != nil {
		return claimed, err
	}
	tokens, err := s.tokens.at(height, func() (*tokenomicstypes.Params, error) { return s.facts.TokenParams(ctx) })
	if err != nil {
		return claimed, err
	}
	end, err := s.facts.PastParams(ctx, t.EndHeight)
	if err != nil {
		return claimed, err
	}
	purse, err := purseOf(payer, end, tokens)
	if err != nil {
		return claimed, err
	}
	if height < o.ProofOpenHeight-1 {
		return purse.Budget(uint64(payer.Suppliers), claimed).Limit(claimed).Settled, nil
	}
	all, err := s.sessionAmounts(ctx, o)
	if err != nil {
		return claimed, err
	}
	return purse.Budget(uint64(len(all)), all...).Limit(claimed).Settled, nil
}

func purseOf(payer *facts.Payer, end *sharedtypes.Params, tokens *tokenomicstypes.Params) (claim.Purse, error) {
	inflation, err := claim.Ratio(tokens.GlobalInflationPerClaim)
	if err != nil {
		return claim.Purse{}, err
	}
	p := claim.Purse{
		Stake: payer.Application.Stake.Amount, Pending: session.PendingSessions(end),
		Multiplier: tokens.OverservicingBonusMultiplier, Inflation: inflation,
	}
	if limit := payer.Application.PerSessionSpendLimit; limit != nil {
		p.SpendLimit = limit.Amount
	}
	return p, nil
}

// sessionAmounts is what each claim of the session is worth.
func (s *Submitter) sessionAmounts(ctx context.Context, o *claimv1.Obligation) (list []math.Int, err error) {
	all, err := s.facts.SessionClaims(ctx, o.Terms.SessionId)
	if err != nil {
		return nil, err
	}
	prices, err := s.prices(ctx, o.Terms)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		root, err := smst.ParseDigest(c.RootHash)
		if err != nil {
			return nil, err
		}
		amounts, err := claim.AmountsOf(root, prices)
		if err != nil {
			return nil, err
		}
		list = append(list, amounts.Upokt)
	}
	return list, nil
}
