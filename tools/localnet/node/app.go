package node

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"cosmossdk.io/log"
	sdkslog "cosmossdk.io/log/slog"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/cosmos-sdk/client/flags"
	sdkserver "github.com/cosmos/cosmos-sdk/server"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	"github.com/pokt-network/poktroll/app"

	"github.com/lodeworks/lode/tools/localnet"
)

// options is the least an application asks of its configuration.
type options map[string]any

func (o options) Get(key string) any { return o[key] }

// DefaultGenesis is every module's default genesis, by module name: what
// localnet.Genesis starts from.
func DefaultGenesis() (map[string]json.RawMessage, error) {
	var state map[string]json.RawMessage
	err := withScratchApp(func(a *app.App) error {
		state = a.DefaultGenesis()
		return nil
	})
	return state, err
}

// ValidateGenesis asks every module whether it accepts its part of the state.
func ValidateGenesis(state map[string]json.RawMessage) error {
	return withScratchApp(func(a *app.App) error {
		basics := module.NewBasicManagerFromManager(a.ModuleManager, nil)
		return basics.ValidateGenesis(a.AppCodec(), a.TxConfig(), state)
	})
}

// withScratchApp lends an application without state; its upgrade module insists
// on a folder, which is removed afterwards.
func withScratchApp(use func(*app.App) error) error {
	localnet.SetAddressPrefix()
	home, err := os.MkdirTemp("", "pocketd-")
	if err != nil {
		return fmt.Errorf("make scratch application: %w", err)
	}
	defer os.RemoveAll(home)
	a, err := app.New(log.NewNopLogger(), dbm.NewMemDB(), nil, true, options{flags.FlagHome: home})
	if err != nil {
		return fmt.Errorf("make scratch application: %w", err)
	}
	defer a.Close()
	return use(a)
}

// openApp opens the application on the state in home.
func openApp(home string, opts servertypes.AppOptions, logger *slog.Logger) (*app.App, error) {
	db, err := dbm.NewDB("application", sdkserver.GetAppDBBackend(opts), filepath.Join(home, "data"))
	if err != nil {
		return nil, fmt.Errorf("open application state: %w", err)
	}
	a, err := app.New(sdkslog.NewCustomLogger(logger), db, nil, true, opts, sdkserver.DefaultBaseappOptions(opts)...)
	if err != nil {
		return nil, fmt.Errorf("start application: %w", err)
	}
	if only, _ := opts.Get(localnet.OrderedOnlyKey).(bool); only {
		authkeeper.WithUnorderedTransactions(false)(&a.Keepers.AccountKeeper) // the one that checks transactions
	}
	return a, nil
}
