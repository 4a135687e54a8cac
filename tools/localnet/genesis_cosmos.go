package localnet

import (
	"cosmossdk.io/math"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	crisistypes "github.com/cosmos/cosmos-sdk/x/crisis/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
)

// cosmosModules is the genesis of the SDK's modules that know the coin, the
// accounts or the validator.
func (n Net) cosmosModules() (moduleStates, error) {
	auth, err := n.authState()
	if err != nil {
		return nil, err
	}
	bank, err := n.bankState()
	if err != nil {
		return nil, err
	}
	staking, err := n.stakingState()
	if err != nil {
		return nil, err
	}
	return moduleStates{
		authtypes.ModuleName:     auth,
		banktypes.ModuleName:     bank,
		stakingtypes.ModuleName:  staking,
		slashingtypes.ModuleName: slashingState(),
		minttypes.ModuleName:     mintState(),
		govtypes.ModuleName:      govState(),
		crisistypes.ModuleName:   crisistypes.NewGenesisState(*coin(10_000)),
	}, nil
}

// authState gives every account its public key from the start: a ring member
// whose key the chain does not know makes every ring unverifiable, and would
// otherwise have to send a transaction first.
func (n Net) authState() (*authtypes.GenesisState, error) {
	accounts := make([]authtypes.GenesisAccount, len(n.Accounts()))
	for i, a := range n.Accounts() {
		base := &authtypes.BaseAccount{Address: a.Address, AccountNumber: uint64(i)}
		if err := base.SetPubKey(a.Key.PubKey()); err != nil {
			return nil, err
		}
		accounts[i] = base
	}
	packed, err := authtypes.PackAccounts(accounts)
	if err != nil {
		return nil, err
	}
	return &authtypes.GenesisState{Params: n.Profile.Auth, Accounts: packed}, nil
}

func (n Net) bankState() (*banktypes.GenesisState, error) {
	balances, err := n.balances()
	if err != nil {
		return nil, err
	}
	return &banktypes.GenesisState{
		Params:   banktypes.DefaultParams(),
		Balances: banktypes.SanitizeGenesisBalances(balances),
		Supply:   supply(balances),
	}, nil
}

// stakingState holds the validator with its self-delegation, not yet bonded: the
// module bonds it at block 1 and runs every hook the slashing and distribution
// modules rely on.
func (n Net) stakingState() (*stakingtypes.GenesisState, error) {
	operator, err := n.Validator.valoper()
	if err != nil {
		return nil, err
	}
	key, err := codectypes.NewAnyWithValue(consensusPubKey())
	if err != nil {
		return nil, err
	}
	state := stakingtypes.DefaultGenesisState()
	state.Params.BondDenom = Denom
	state.Params.MaxValidators = 21
	shares := math.LegacyNewDec(validatorStake)
	state.Validators = []stakingtypes.Validator{{
		OperatorAddress:   operator,
		ConsensusPubkey:   key,
		Status:            stakingtypes.Unbonded,
		Tokens:            math.NewInt(validatorStake),
		DelegatorShares:   shares,
		Description:       stakingtypes.Description{Moniker: "localnet"},
		Commission:        stakingtypes.NewCommission(math.LegacyNewDecWithPrec(5, 2), math.LegacyOneDec(), math.LegacyOneDec()),
		MinSelfDelegation: math.OneInt(),
	}}
	state.Delegations = []stakingtypes.Delegation{{DelegatorAddress: n.Validator.Address, ValidatorAddress: operator, Shares: shares}}
	return state, nil
}

// mintState mints nothing per block, as on mainnet: the only new coins are the
// ones settlement makes.
func mintState() *minttypes.GenesisState {
	state := minttypes.DefaultGenesisState()
	state.Minter = minttypes.InitialMinter(math.LegacyZeroDec())
	state.Params.MintDenom = Denom
	state.Params.InflationRateChange = math.LegacyZeroDec()
	state.Params.InflationMax = math.LegacyZeroDec()
	state.Params.InflationMin = math.LegacyZeroDec()
	return state
}

// slashingState takes nothing from the validator, as on mainnet.
func slashingState() *slashingtypes.GenesisState {
	state := slashingtypes.DefaultGenesisState()
	state.Params.SlashFractionDoubleSign = math.LegacyZeroDec()
	state.Params.SlashFractionDowntime = math.LegacyZeroDec()
	return state
}

func govState() *govv1.GenesisState {
	state := govv1.DefaultGenesisState()
	state.Params.MinDeposit = sdk.NewCoins(*coin(10_000))
	state.Params.ExpeditedMinDeposit = sdk.NewCoins(*coin(50_000))
	return state
}
