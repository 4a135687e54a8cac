package facts

import (
	"context"
	"fmt"

	apptypes "github.com/pokt-network/poktroll/x/application/types"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
)

// Payer is who pays for a session, and among how many.
type Payer struct {
	Application *apptypes.Application // as it was when asked for
	Suppliers   int                   // of the session
}

type payerKey struct {
	sessionKey
	asked int64
}

// Payer returns who pays for the session of (application, service) that starts at start. It is asked for once for
// each height: the stake changes with every settlement.
func (f *Facts) Payer(ctx context.Context, application, service string, start, height int64) (*Payer, error) {
	key := payerKey{sessionKey{application, service, start}, height}
	if p, ok := f.payerCache.Get(key); ok {
		return p, nil
	}
	return once(ctx, f, fmt.Sprintf("payer/%s/%s/%d/%d", application, service, start, height), func(ctx context.Context) (*Payer, error) {
		res, err := f.sessions.GetSession(ctx, &sessiontypes.QueryGetSessionRequest{ApplicationAddress: application, ServiceId: service, BlockHeight: start})
		if err != nil {
			return nil, fmt.Errorf("ask for session of %s at %d: %w", application, start, err)
		}
		if res.Session == nil || res.Session.Application == nil || res.Session.Application.Stake == nil {
			return nil, fmt.Errorf("the node answered without an application's stake")
		}
		p := &Payer{Application: res.Session.Application, Suppliers: len(res.Session.Suppliers)}
		f.payerCache.Add(key, p)
		return p, nil
	})
}

// SessionClaims returns the claims of a session that the chain's state holds. Ask when the claim window is over, or
// nearly: the answer is kept.
func (f *Facts) SessionClaims(ctx context.Context, sessionID string) ([]prooftypes.Claim, error) {
	if c, ok := f.claimsCache.Get(sessionID); ok {
		return c, nil
	}
	return once(ctx, f, "claims/"+sessionID, func(ctx context.Context) ([]prooftypes.Claim, error) {
		var list []prooftypes.Claim
		q := prooftypes.QueryAllClaimsRequest{Filter: &prooftypes.QueryAllClaimsRequest_SessionId{SessionId: sessionID}}
		if err := f.eachClaim(ctx, q, func(c *prooftypes.Claim) { list = append(list, *c) }); err != nil {
			return nil, fmt.Errorf("ask for claims of session %s: %w", sessionID, err)
		}
		f.claimsCache.Add(sessionID, list)
		return list, nil
	})
}

// TokenParams returns the live parameters of the tokenomics module: settlement pays by them.
func (f *Facts) TokenParams(ctx context.Context) (*tokenomicstypes.Params, error) {
	res, err := f.tokens.Params(ctx, &tokenomicstypes.QueryParamsRequest{})
	if err != nil {
		return nil, fmt.Errorf("ask for tokenomics parameters: %w", err)
	}
	return &res.Params, nil
}
