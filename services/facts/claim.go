package facts

import (
	"context"
	"errors"
	"fmt"

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

// Claims returns all claims of a supplier that the chain's state holds now, by session. It is never cached.
func (f *Facts) Claims(ctx context.Context, supplier string) (map[string]*prooftypes.Claim, error) {
	list, err := f.allClaims(ctx, prooftypes.QueryAllClaimsRequest{Filter: &prooftypes.QueryAllClaimsRequest_SupplierOperatorAddress{SupplierOperatorAddress: supplier}})
	if err != nil {
		return nil, fmt.Errorf("ask for claims of %s: %w", supplier, err)
	}
	out := map[string]*prooftypes.Claim{}
	for i := range list {
		if c := &list[i]; c.SessionHeader != nil && c.SupplierOperatorAddress == supplier {
			out[c.SessionHeader.SessionId] = c
		}
	}
	return out, nil
}

// ProofParams returns the live parameters of the proof module: proof requirements are judged by them.
func (f *Facts) ProofParams(ctx context.Context) (*prooftypes.Params, error) {
	res, err := f.proofs.Params(ctx, &prooftypes.QueryParamsRequest{})
	if err != nil {
		return nil, fmt.Errorf("ask for proof parameters: %w", err)
	}
	return &res.Params, nil
}
