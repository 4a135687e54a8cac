package localnet

import (
	"encoding/json"
	"fmt"

	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"
	"github.com/cosmos/gogoproto/proto"
)

// Genesis is the network's genesis document. base holds every module's default
// genesis (package node knows them); the modules that concern the network are
// replaced, the others are taken over as they are, and base is not changed. The
// document's validator set is empty: the staking module announces it at block 1.
func Genesis(n Net, base map[string]json.RawMessage) (*genutiltypes.AppGenesis, error) {
	SetAddressPrefix()
	state, err := n.appState(base)
	if err != nil {
		return nil, fmt.Errorf("build genesis of local network: %w", err)
	}
	raw, err := json.Marshal(state)
	if err != nil {
		return nil, fmt.Errorf("encode genesis of local network: %w", err)
	}
	return &genutiltypes.AppGenesis{
		AppName:       "pocket",
		GenesisTime:   n.GenesisTime,
		ChainID:       n.ChainID,
		InitialHeight: 1,
		AppState:      raw,
		Consensus:     &genutiltypes.ConsensusGenesis{Params: cmttypes.DefaultConsensusParams()},
	}, nil
}

// appState lays the network's modules over base.
func (n Net) appState(base map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	state := make(map[string]json.RawMessage, len(base))
	for module, raw := range base {
		state[module] = raw
	}
	modules, err := n.cosmosModules()
	if err != nil {
		return nil, err
	}
	for module, msg := range n.pocketModules() {
		modules[module] = msg
	}
	cdc := genesisCodec()
	for module, msg := range modules {
		raw, err := cdc.MarshalJSON(msg)
		if err != nil {
			return nil, fmt.Errorf("encode module %s: %w", module, err)
		}
		state[module] = raw
	}
	return state, nil
}

// moduleStates maps a module's name to its genesis message.
type moduleStates map[string]proto.Message

// genesisCodec writes proto JSON and knows the accounts and keys we put in it.
func genesisCodec() codec.Codec {
	registry := codectypes.NewInterfaceRegistry()
	cryptocodec.RegisterInterfaces(registry)
	authtypes.RegisterInterfaces(registry)
	return codec.NewProtoCodec(registry)
}
