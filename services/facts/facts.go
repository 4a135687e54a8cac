package facts

import (
	"context"
	"fmt"

	lru "github.com/hashicorp/golang-lru/v2"
	apptypes "github.com/pokt-network/poktroll/x/application/types"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
	"golang.org/x/sync/singleflight"
	"google.golang.org/grpc"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/lodeworks/lode/services/pocket/ring"
)

// Facts answers from the chain or from what it said before; safe for concurrent use.
type Facts struct {
	auth     authtypes.QueryClient
	apps     apptypes.QueryClient
	proofs   prooftypes.QueryClient
	services servicetypes.QueryClient
	sessions sessiontypes.QueryClient
	shared   sharedtypes.QueryClient
	tokens   tokenomicstypes.QueryClient

	flight       singleflight.Group
	sessionCache *lru.Cache[sessionKey, *Session]
	ringCache    *lru.Cache[ringKey, signers]
	keyCache     *lru.Cache[string, ring.PublicKey] // by address; an account's key never changes
	pastCache    *lru.Cache[int64, *sharedtypes.Params]
	numberCache  *lru.Cache[string, uint64] // of accounts, by address
	payerCache   *lru.Cache[payerKey, *Payer]
	claimsCache  *lru.Cache[string, []prooftypes.Claim] // by session
}

// entries bounds each cache.
const entries = 4096

// New asks conn, which is usually a kit/chain.Client.
func New(conn grpc.ClientConnInterface) *Facts {
	return &Facts{
		auth:         authtypes.NewQueryClient(conn),
		apps:         apptypes.NewQueryClient(conn),
		proofs:       prooftypes.NewQueryClient(conn),
		services:     servicetypes.NewQueryClient(conn),
		sessions:     sessiontypes.NewQueryClient(conn),
		shared:       sharedtypes.NewQueryClient(conn),
		tokens:       tokenomicstypes.NewQueryClient(conn),
		sessionCache: mustCache[sessionKey, *Session](),
		ringCache:    mustCache[ringKey, signers](),
		keyCache:     mustCache[string, ring.PublicKey](),
		pastCache:    mustCache[int64, *sharedtypes.Params](),
		numberCache:  mustCache[string, uint64](),
		payerCache:   mustCache[payerKey, *Payer](),
		claimsCache:  mustCache[string, []prooftypes.Claim](),
	}
}

func mustCache[K comparable, V any]() *lru.Cache[K, V] {
	c, err := lru.New[K, V](entries)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return c
}

// once makes concurrent questions with the same name one. A caller that leaves takes nothing from the others: the
// question goes on without it, for as long as the node's own timeout lets it.
func once[V any](ctx context.Context, f *Facts, name string, ask func(context.Context) (V, error)) (out V, err error) {
	done := f.flight.DoChan(name, func() (any, error) { return ask(context.WithoutCancel(ctx)) })
	select {
	case <-ctx.Done():
		return out, ctx.Err()
	case r := <-done:
		if r.Err != nil {
			return out, r.Err
		}
		out, ok := r.Val.(V)
		if !ok {
			return out, fmt.Errorf("question %q has answers of two types", name)
		}
		return out, nil
	}
}
