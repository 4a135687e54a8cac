package localnet

import (
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	applicationtypes "github.com/pokt-network/poktroll/x/application/types"
	gatewaytypes "github.com/pokt-network/poktroll/x/gateway/types"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	suppliertypes "github.com/pokt-network/poktroll/x/supplier/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
)

// Denom is the chain's coin; 1 POKT = 1,000,000 upokt.
const Denom = "upokt"

// pokt is one POKT in upokt.
const pokt = int64(1_000_000)

// Names of the profiles.
const (
	ProfileDemo    = "demo"
	ProfileMainnet = "mainnet"
)

// Profile is the parameters of every module that has a say in earnings, and the
// stakes that fit them. Its coins are shared with the chain's defaults: read-only.
type Profile struct {
	// Name is ProfileDemo or ProfileMainnet.
	Name string

	Shared      sharedtypes.Params
	Session     sessiontypes.Params
	Service     servicetypes.Params
	Application applicationtypes.Params
	Gateway     gatewaytypes.Params
	Supplier    suppliertypes.Params
	Proof       prooftypes.Params
	Tokenomics  tokenomicstypes.Params
	// Auth holds the gas prices of signatures and bytes.
	Auth authtypes.Params

	// ApplicationStake, GatewayStake and SupplierStake are upokt per actor, each
	// at least its module's min_stake. The application's is large enough that no
	// realistic load over-services it.
	ApplicationStake, GatewayStake, SupplierStake int64
}

// ProfileByName returns the profile of that name, or an error listing the names.
func ProfileByName(name string) (Profile, error) {
	switch name {
	case ProfileDemo:
		return Demo(), nil
	case ProfileMainnet:
		return Mainnet(), nil
	}
	return Profile{}, fmt.Errorf("no profile %q: choose %s or %s", name, ProfileDemo, ProfileMainnet)
}

// Demo is the chain's default parameters (sessions of 10 blocks, settlement
// 10 blocks after a session's end) with every claim asked for its proof.
func Demo() Profile {
	p := Profile{
		Name:             ProfileDemo,
		Shared:           sharedtypes.DefaultParams(),
		Session:          sessiontypes.DefaultParams(),
		Service:          servicetypes.DefaultParams(),
		Application:      applicationtypes.DefaultParams(),
		Gateway:          gatewaytypes.DefaultParams(),
		Supplier:         suppliertypes.DefaultParams(),
		Proof:            prooftypes.DefaultParams(),
		Tokenomics:       tokenomicstypes.DefaultParams(),
		Auth:             authtypes.DefaultParams(),
		ApplicationStake: 10_000_000 * pokt,
		GatewayStake:     10_000 * pokt,
		SupplierStake:    100_000 * pokt,
	}
	p.Proof.ProofRequestProbability = 1
	return p
}

// coin is an amount of upokt as the modules' params hold it.
func coin(upokt int64) *sdk.Coin {
	c := sdk.NewInt64Coin(Denom, upokt)
	return &c
}
