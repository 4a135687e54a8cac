package submitter

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"cosmossdk.io/math"
	"cosmossdk.io/x/feegrant"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	suppliertypes "github.com/pokt-network/poktroll/x/supplier/types"

	"github.com/lodeworks/lode/services/kit/chain/chaintest"
)

// plenty is what an account has of which a test says nothing, in balance and in stake.
const plenty = 1 << 50

// purseOfChain is the part of the chain that keeps money. The chain's lock is held where it is used.
type purseOfChain struct {
	spent   map[string]int64  // beyond what was received, by address
	starts  map[string]int64  // balances at the start that are not plenty
	stakes  map[string]int64  // those that are not plenty
	granted map[string]string // who pays the fees of whom
}

func (p *purseOfChain) balance(address string) int64 {
	start, said := p.starts[address]
	if !said {
		start = plenty
	}
	return start - p.spent[address]
}

func (p *purseOfChain) move(from string, upokt int64) error {
	if p.balance(from) < upokt {
		return fmt.Errorf("%s has %d upokt, %d are needed", from, p.balance(from), upokt)
	}
	if p.spent == nil {
		p.spent = map[string]int64{}
	}
	p.spent[from] += upokt
	return nil
}

// payer is who pays the transaction's fee.
func (p *purseOfChain) payer(d decoded) (string, error) {
	granter, signer := d.auth.Fee.Granter, d.messages[0].supplier
	if granter != "" && p.granted[signer] != granter {
		return "", fmt.Errorf("%s pays no fees of %s", granter, signer)
	}
	return cmp.Or(granter, signer), nil
}

// takes tells whether the fee can be paid; then it is, when the transaction is in a block.
func (p *purseOfChain) takes(d decoded, included bool) error {
	payer, err := p.payer(d)
	if err != nil {
		return err
	}
	fee := d.auth.Fee.Amount.AmountOf("upokt").Int64()
	if !included && p.balance(payer) < fee {
		return fmt.Errorf("%s cannot pay %d", payer, fee)
	}
	if !included {
		return nil
	}
	return p.move(payer, fee)
}

// run judges a message about money, and executes it when it is in a block.
func (p *purseOfChain) run(m protocolMessage, included bool) error {
	if m.grant != nil {
		if p.granted[m.grant.Grantee] != "" {
			return fmt.Errorf("fee allowance already exists")
		}
		if included {
			p.granted = maps.Clone(p.granted)
			if p.granted == nil {
				p.granted = map[string]string{}
			}
			p.granted[m.grant.Grantee] = m.grant.Granter
		}
		return nil
	}
	out := math.ZeroInt()
	for _, o := range m.send.Outputs {
		out = out.Add(o.Coins.AmountOf("upokt"))
	}
	in := m.send.Inputs[0]
	if sum := in.Coins.AmountOf("upokt"); !sum.Equal(out) || p.balance(in.Address) < sum.Int64() {
		return fmt.Errorf("%s sends %s of %d, %s arrive", in.Address, sum, p.balance(in.Address), out)
	}
	if !included {
		return nil
	}
	for _, o := range m.send.Outputs {
		p.spent[o.Address] -= o.Coins.AmountOf("upokt").Int64()
	}
	return p.move(in.Address, out.Int64())
}

// answerPurse lets a node answer questions about money.
func (c *fakeChain) answerPurse(n *chaintest.Node) {
	chaintest.On(n, "/cosmos.bank.v1beta1.Query/SpendableBalanceByDenom", func(q *banktypes.QuerySpendableBalanceByDenomRequest) (chaintest.Wire, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		coin := sdk.NewInt64Coin(q.Denom, c.purse.balance(q.Address))
		return &banktypes.QuerySpendableBalanceByDenomResponse{Balance: &coin}, nil
	})
	chaintest.On(n, "/pocket.supplier.Query/Supplier", func(q *suppliertypes.QueryGetSupplierRequest) (chaintest.Wire, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		stake, said := c.purse.stakes[q.OperatorAddress]
		if !said {
			stake = plenty
		}
		if stake == 0 {
			return nil, chaintest.NotFound("supplier")
		}
		coin := sdk.NewInt64Coin("upokt", stake)
		return &suppliertypes.QueryGetSupplierResponse{Supplier: sharedtypes.Supplier{OperatorAddress: q.OperatorAddress, Stake: &coin}}, nil
	})
	chaintest.On(n, "/pocket.supplier.Query/Params", func(*suppliertypes.QueryParamsRequest) (chaintest.Wire, error) {
		least := sdk.NewInt64Coin("upokt", minStake)
		return &suppliertypes.QueryParamsResponse{Params: suppliertypes.Params{MinStake: &least}}, nil
	})
	chaintest.On(n, "/cosmos.feegrant.v1beta1.Query/AllowancesByGranter", func(q *feegrant.QueryAllowancesByGranterRequest) (chaintest.Wire, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		res := &feegrant.QueryAllowancesByGranterResponse{Pagination: &query.PageResponse{}}
		for _, grantee := range slices.Sorted(maps.Keys(c.purse.granted)) {
			if c.purse.granted[grantee] == q.Granter {
				res.Allowances = append(res.Allowances, &feegrant.Grant{Granter: q.Granter, Grantee: grantee})
			}
		}
		return res, nil
	})
}

const minStake = 1000
