package localnet

import (
	"sync"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// AddressPrefix is the human-readable part of account addresses, "pokt1…".
const AddressPrefix = "pokt"

var prefixOnce sync.Once

// SetAddressPrefix tells the SDK's process-wide configuration that addresses
// start with "pokt". The chain's modules validate addresses against that global;
// everything here that needs it calls this first. It does not seal the
// configuration and is a no-op when somebody has set the prefix already.
func SetAddressPrefix() {
	prefixOnce.Do(func() {
		cfg := sdk.GetConfig()
		if cfg.GetBech32AccountAddrPrefix() == AddressPrefix {
			return
		}
		cfg.SetBech32PrefixForAccount(AddressPrefix, AddressPrefix+"pub")
		cfg.SetBech32PrefixForValidator(AddressPrefix+"valoper", AddressPrefix+"valoperpub")
		cfg.SetBech32PrefixForConsensusNode(AddressPrefix+"valcons", AddressPrefix+"valconspub")
	})
}
