package localnet

import (
	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	applicationtypes "github.com/pokt-network/poktroll/x/application/types"
	gatewaytypes "github.com/pokt-network/poktroll/x/gateway/types"
	suppliertypes "github.com/pokt-network/poktroll/x/supplier/types"
)

const (
	// walletFunds is what every account can spend at block 1: fees, and stakes
	// of later experiments.
	walletFunds = 10_000 * pokt
	// validatorStake is the validator's self-delegation: 1,000,000 of power.
	validatorStake = 1_000_000 * pokt
)

// balances is who holds how much at genesis: every wallet, and every module
// account exactly the stakes it escrows. The supply is their sum.
func (n Net) balances() ([]banktypes.Balance, error) {
	var all []banktypes.Balance
	for _, a := range n.Accounts() {
		all = append(all, balance(a.Address, walletFunds))
	}
	var applications int64
	for _, m := range n.Markets() {
		applications += m.Stake
	}
	escrow := []struct {
		module string
		upokt  int64
	}{
		{stakingtypes.NotBondedPoolName, validatorStake},
		{applicationtypes.ModuleName, applications},
		{gatewaytypes.ModuleName, n.Profile.GatewayStake},
		{suppliertypes.ModuleName, n.Profile.SupplierStake * int64(len(n.Suppliers))},
	}
	for _, e := range escrow {
		addr, err := sdk.Bech32ifyAddressBytes(AddressPrefix, authtypes.NewModuleAddress(e.module))
		if err != nil {
			return nil, err
		}
		all = append(all, balance(addr, e.upokt))
	}
	return all, nil
}

func balance(addr string, upokt int64) banktypes.Balance {
	return banktypes.Balance{Address: addr, Coins: sdk.NewCoins(*coin(upokt))}
}

// supply is the sum of the balances.
func supply(balances []banktypes.Balance) sdk.Coins {
	total := math.ZeroInt()
	for _, b := range balances {
		total = total.Add(b.Coins.AmountOf(Denom))
	}
	return sdk.NewCoins(sdk.NewCoin(Denom, total))
}
