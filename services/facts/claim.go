package facts

import (
	"context"
	"errors"
	"fmt"

	"github.com/cosmos/cosmos-sdk/types/query"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"

	"github.com/lodeworks/lode/services/kit/chain"
)

// Claim returns the claim that the chain's state holds now, nil when there is none. It is never cached.
func (f *Facts) Claim(ctx context.Context, supplier, sessionID string) (*prooftypes.Claim, error) {
	res, err := f.proofs.Claim(ctx, &prooftypes.QueryGetClaimRequest{SupplierOperatorAddress: supplier, SessionId: sessionID})
	var refused *chain.QueryError
	if errors.As(err, &refused) && refused.NotFound() {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ask for claim of %s in %s: %w", supplier, sessionID, err)
	}
	return &res.Claim, nil
}

// claimsPage is how many claims are asked for at once.
const claimsPage = 1000

// EachClaim shows every claim of sessions that end at a height, whosesoever, as the chain's state holds it now. Pages are
// read one after another: a claim that comes meanwhile may be seen or not. It is never cached.
func (f *Facts) EachClaim(ctx context.Context, endHeight int64, see func(*prooftypes.Claim)) error {
	q := prooftypes.QueryAllClaimsRequest{Filter: &prooftypes.QueryAllClaimsRequest_SessionEndHeight{SessionEndHeight: uint64(endHeight)}}
	if err := f.eachClaim(ctx, q, see); err != nil {
		return fmt.Errorf("ask for claims of sessions that end at %d: %w", endHeight, err)
	}
	return nil
}

// eachClaim reads every page.
func (f *Facts) eachClaim(ctx context.Context, q prooftypes.QueryAllClaimsRequest, see func(*prooftypes.Claim)) error {
	q.Pagination = &query.PageRequest{Limit: claimsPage}
	for {
		res, err := f.proofs.AllClaims(ctx, &q)
		if err != nil {
			return err
		}
		for i := range res.Claims {
			if c := &res.Claims[i]; c.SessionHeader != nil {
				see(c)
			}
		}
		if len(res.Claims) == 0 || res.Pagination == nil || len(res.Pagination.NextKey) == 0 {
			return nil
		}
		q.Pagination.Key = res.Pagination.NextKey
	}
}

// ProofParams returns the live parameters of the proof module: proof requirements are judged by them.
func (f *Facts) ProofParams(ctx context.Context) (*prooftypes.Params, error) {
	res, err := f.proofs.Params(ctx, &prooftypes.QueryParamsRequest{})
	if err != nil {
		return nil, fmt.Errorf("ask for proof parameters: %w", err)
	}
	return &res.Params, nil
}
