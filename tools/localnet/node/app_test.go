package node_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/localnet"
	"github.com/lodeworks/lode/tools/localnet/node"
)

// Every module of the official application accepts the genesis we write.
func TestGenesisIsValid(t *testing.T) {
	base, err := node.DefaultGenesis()
	require.NoError(t, err)
	for _, profile := range []string{localnet.ProfileDemo, localnet.ProfileMainnet} {
		t.Run(profile, func(t *testing.T) {
			cfg := localnet.Default()
			cfg.Profile, cfg.OwnerShare, cfg.Suppliers = profile, 80, 20
			net, err := localnet.New(cfg)
			require.NoError(t, err)
			doc, err := localnet.Genesis(net, base)
			require.NoError(t, err)
			require.NoError(t, doc.ValidateAndComplete())
			var state map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(doc.AppState, &state))
			require.NoError(t, node.ValidateGenesis(state))
			require.Len(t, state, len(base), "a module without default genesis would be ignored by the chain")
		})
	}
}

func TestValidateGenesisRefuses(t *testing.T) {
	base, err := node.DefaultGenesis()
	require.NoError(t, err)
	base["supplier"] = json.RawMessage(`{"supplierList":[{"operator_address":"pokt1nobody"}]}`)
	require.Error(t, node.ValidateGenesis(base))
}
