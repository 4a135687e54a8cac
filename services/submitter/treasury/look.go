package treasury

import (
	"context"
	"errors"
	"fmt"

	"cosmossdk.io/math"
	"cosmossdk.io/x/feegrant"
	"github.com/cosmos/cosmos-sdk/types/query"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	suppliertypes "github.com/pokt-network/poktroll/x/supplier/types"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/lodeworks/lode/services/kit/chain"
)

// Denom is what fees and stakes are paid in.
const Denom = "upokt"

// atOnce is how many questions a look has under way: it must not keep claims and proofs waiting.
const atOnce = 2

// Chain asks the chain about accounts.
type Chain struct {
	bank      banktypes.QueryClient
	suppliers suppliertypes.QueryClient
	grants    feegrant.QueryClient
}

// NewChain asks conn.
func NewChain(conn grpc.ClientConnInterface) Chain {
	return Chain{banktypes.NewQueryClient(conn), suppliertypes.NewQueryClient(conn), feegrant.NewQueryClient(conn)}
}

// Look reads balances and stakes, in the order of the addresses.
func (c Chain) Look(ctx context.Context, addresses []string) ([]Account, error) {
	list := make([]Account, len(addresses))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, address := range addresses {
		group.Go(func() (err error) {
			list[i], err = c.account(ctx, address)
			return err
		})
	}
	return list, group.Wait()
}

func (c Chain) account(ctx context.Context, address string) (a Account, err error) {
	a.Address = address
	if a.Balance, err = c.Balance(ctx, address); err != nil {
		return a, err
	}
	res, err := c.suppliers.Supplier(ctx, &suppliertypes.QueryGetSupplierRequest{OperatorAddress: address, Dehydrated: true})
	var refused *chain.QueryError
	switch {
	case errors.As(err, &refused) && refused.NotFound():
		return a, nil
	case err != nil:
		return a, fmt.Errorf("ask for supplier %s: %w", address, err)
	case res.Supplier.Stake != nil:
		a.Stake, a.Leaving = res.Supplier.Stake.Amount, res.Supplier.UnstakeSessionEndHeight != 0
	}
	return a, nil
}

// Balance is what an account can spend.
func (c Chain) Balance(ctx context.Context, address string) (math.Int, error) {
	res, err := c.bank.SpendableBalanceByDenom(ctx, &banktypes.QuerySpendableBalanceByDenomRequest{Address: address, Denom: Denom})
	if err != nil {
		return math.Int{}, fmt.Errorf("ask for balance of %s: %w", address, err)
	}
	if res.Balance == nil || res.Balance.Amount.IsNil() {
		return math.Int{}, fmt.Errorf("the node answered without the balance of %s", address)
	}
	return res.Balance.Amount, nil
}

// MinStake is the stake below which the chain unstakes a supplier.
func (c Chain) MinStake(ctx context.Context) (math.Int, error) {
	res, err := c.suppliers.Params(ctx, &suppliertypes.QueryParamsRequest{})
	if err != nil {
		return math.Int{}, fmt.Errorf("ask for supplier parameters: %w", err)
	}
	if res.Params.MinStake == nil || res.Params.MinStake.Amount.IsNil() {
		return math.ZeroInt(), nil
	}
	return res.Params.MinStake.Amount, nil
}

// grantsPage is how many allowances are asked for at once.
const grantsPage = 1000

// Grants are the accounts whose fees another one pays.
func (c Chain) Grants(ctx context.Context, granter string) (map[string]bool, error) {
	out := map[string]bool{}
	q := &feegrant.QueryAllowancesByGranterRequest{Granter: granter, Pagination: &query.PageRequest{Limit: grantsPage}}
	for {
		res, err := c.grants.AllowancesByGranter(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("ask for fee grants of %s: %w", granter, err)
		}
		for _, g := range res.Allowances {
			out[g.Grantee] = true
		}
		if len(res.Allowances) == 0 || res.Pagination == nil || len(res.Pagination.NextKey) == 0 {
			return out, nil
		}
		q.Pagination.Key = res.Pagination.NextKey
	}
}
