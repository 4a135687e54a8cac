package factstest

import (
	"crypto/sha256"
	"slices"
	"strings"
	"sync"
	"testing"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	apptypes "github.com/pokt-network/poktroll/x/application/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/chain/chaintest"
	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/session"
)

// Service is the one service of the network.
const Service = "svc-llm"

// ComputeUnits is what one relay of it weighs.
const ComputeUnits = 100

// World is the network. Change its state with Set only.
type World struct {
	*chaintest.Node
	T         testing.TB
	App       keys.Private
	Gateway   keys.Private
	Suppliers []keys.Private

	mu    sync.Mutex
	state State
}

// State is what the chain says now.
type State struct {
	App       *apptypes.Application
	Params    sharedtypes.Params
	Suppliers []*sharedtypes.Supplier // of every session
	Accounts  map[string]keys.Private // with a key on chain, by address
}

// New returns a network with that many suppliers, at height 5 of its first session of 10 blocks. The grace period
// is one block.
func New(t testing.TB, suppliers int) *World {
	w := &World{Node: chaintest.Start(t), T: t, App: Key(t, "app"), Gateway: Key(t, "gateway")}
	stake := sdk.NewCoin("upokt", math.NewInt(1_000_000_000))
	w.state = State{
		App: &apptypes.Application{
			Address: w.App.Address(), Stake: &stake, DelegateeGatewayAddresses: []string{w.Gateway.Address()},
			ServiceConfigs: []*sharedtypes.ApplicationServiceConfig{{ServiceId: Service}},
		},
		Params: sharedtypes.Params{
			NumBlocksPerSession: 10, GracePeriodEndOffsetBlocks: 1, ClaimWindowOpenOffsetBlocks: 2, ClaimWindowCloseOffsetBlocks: 4,
			ProofWindowOpenOffsetBlocks: 0, ProofWindowCloseOffsetBlocks: 4, ComputeUnitsToTokensMultiplier: 42, ComputeUnitCostGranularity: 1,
		},
		Accounts: map[string]keys.Private{w.App.Address(): w.App, w.Gateway.Address(): w.Gateway},
	}
	for i := range suppliers {
		w.addSupplier(Key(t, "supplier "+string(rune('a'+i))))
	}
	w.answer()
	w.SetHeight(5)
	return w
}

func (w *World) addSupplier(key keys.Private) {
	w.Suppliers = append(w.Suppliers, key)
	w.state.Accounts[key.Address()] = key
	w.state.Suppliers = append(w.state.Suppliers, &sharedtypes.Supplier{
		OwnerAddress: key.Address(), OperatorAddress: key.Address(),
		Services: []*sharedtypes.SupplierServiceConfig{{ServiceId: Service}},
	})
}

// Key returns a fixed test key.
func Key(t testing.TB, name string) keys.Private {
	t.Helper()
	k, err := keys.NewPrivate(sha256.Sum256([]byte("lode test network " + name)))
	require.NoError(t, err)
	return k
}

// KeyFile writes keys as services read them.
func KeyFile(t testing.TB, private ...keys.Private) string {
	t.Helper()
	var lines []string
	for _, k := range private {
		secret := k.Secret()
		lines = append(lines, hexOf(secret[:]))
	}
	return writeSecret(t, strings.Join(lines, "\n"))
}

// Set changes what the chain says from now on.
func (w *World) Set(change func(*State)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.state)
}

// Delegate lets another gateway sign for the application, at once.
func (w *World) Delegate(gateway keys.Private) {
	w.Set(func(s *State) {
		app := *s.App
		app.DelegateeGatewayAddresses = append(slices.Clone(app.DelegateeGatewayAddresses), gateway.Address())
		s.App = &app
		s.Accounts[gateway.Address()] = gateway
	})
}

// Serve says where a supplier takes relays.
func (w *World) Serve(supplier keys.Private, url string) {
	w.Set(func(s *State) {
		for i, have := range s.Suppliers {
			if have.OperatorAddress == supplier.Address() {
				changed := *have
				changed.Services = []*sharedtypes.SupplierServiceConfig{{
					ServiceId: Service, Endpoints: []*sharedtypes.SupplierEndpoint{{Url: url, RpcType: sharedtypes.RPCType_JSON_RPC}},
				}}
				s.Suppliers = slices.Clone(s.Suppliers)
				s.Suppliers[i] = &changed
			}
		}
	})
}

// Header is the session of the application that holds height.
func (w *World) Header(height int64) *sessiontypes.SessionHeader {
	w.mu.Lock()
	defer w.mu.Unlock()
	start := session.Start(&w.state.Params, height)
	return &sessiontypes.SessionHeader{
		ApplicationAddress: w.App.Address(), ServiceId: Service,
		SessionId:               session.ID(chaintest.BlockHash(start), Service, w.App.Address(), start),
		SessionStartBlockHeight: start, SessionEndBlockHeight: session.End(&w.state.Params, height),
	}
}
