package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	sdkslog "cosmossdk.io/log/slog"
	cmtcfg "github.com/cometbft/cometbft/config"
	cmtnode "github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	"github.com/cometbft/cometbft/proxy"
	"github.com/cometbft/cometbft/rpc/client/local"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/cosmos/cosmos-sdk/client"
	sdkserver "github.com/cosmos/cosmos-sdk/server"
	sdkconfig "github.com/cosmos/cosmos-sdk/server/config"
	sdklog "github.com/cosmos/cosmos-sdk/server/log"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"
	"github.com/pokt-network/poktroll/app"

	"github.com/lodeworks/lode/tools/localnet"
)

// ErrConsensusStopped is returned when the consensus engine ended by itself: the
// node would answer queries but never make another block.
var ErrConsensusStopped = errors.New("consensus stopped")

// Run starts the node of home and returns when ctx is done and everything is
// closed (nil), or when it cannot start or go on. ready is called once, with the
// RPC's address ("http://host:port"), as soon as the RPC answers.
func Run(ctx context.Context, home string, logger *slog.Logger, ready func(rpc string)) (err error) {
	localnet.SetAddressPrefix()
	failure := watchFailure(logger.Handler(), ctx.Done())
	logger = slog.New(failure)
	cfg, opts, err := load(home)
	if err != nil {
		return err
	}
	if _, err := os.Stat(cfg.GenesisFile()); err != nil {
		return fmt.Errorf("read genesis (was the home initialised?): %w", err)
	}
	a, err := openApp(home, opts, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	engine, err := newEngine(ctx, cfg, a, logger)
	if err != nil {
		return err
	}
	registerServices(a, engine, opts.GetString("minimum-gas-prices"))
	if err := engine.Start(); err != nil {
		return fmt.Errorf("start consensus: %w", err)
	}
	ready("http://" + strings.TrimPrefix(cfg.RPC.ListenAddress, "tcp://"))
	return wait(ctx, engine, failure.seen)
}

// newEngine replays what the application has not seen and leaves the engine
// ready to start.
func newEngine(ctx context.Context, cfg *cmtcfg.Config, a *app.App, logger *slog.Logger) (*cmtnode.Node, error) {
	key, err := p2p.LoadNodeKey(cfg.NodeKeyFile())
	if err != nil {
		return nil, fmt.Errorf("read node key: %w", err)
	}
	engine, err := cmtnode.NewNodeWithContext(ctx, cfg,
		privval.LoadOrGenFilePV(cfg.PrivValidatorKeyFile(), cfg.PrivValidatorStateFile()),
		key,
		proxy.NewLocalClientCreator(sdkserver.NewCometABCIWrapper(a)),
		func() (*cmttypes.GenesisDoc, error) { return genesisDoc(cfg.GenesisFile()) },
		cmtcfg.DefaultDBProvider,
		cmtnode.DefaultMetricsProvider(cfg.Instrumentation),
		sdklog.CometLoggerWrapper{Logger: sdkslog.NewCustomLogger(logger)},
	)
	if err != nil {
		return nil, fmt.Errorf("make consensus engine: %w", err)
	}
	return engine, nil
}

func genesisDoc(path string) (*cmttypes.GenesisDoc, error) {
	doc, err := genutiltypes.AppGenesisFromFile(path)
	if err != nil {
		return nil, err
	}
	return doc.ToGenesisDoc()
}

// registerServices adds the queries that need the consensus engine: transactions
// (simulate, look-up), blocks, and the node's own settings. It runs before the
// engine starts, so no query can race with it.
func registerServices(a *app.App, engine *cmtnode.Node, minGasPrices string) {
	clientCtx := client.Context{}.
		WithCodec(a.AppCodec()).
		WithInterfaceRegistry(a.AppCodec().InterfaceRegistry()).
		WithTxConfig(a.TxConfig()).
		WithChainID(localnet.ChainID).
		WithClient(local.New(engine))
	a.RegisterTxService(clientCtx)
	a.RegisterTendermintService(clientCtx)
	cfg := sdkconfig.DefaultConfig()
	cfg.MinGasPrices = minGasPrices
	a.RegisterNodeService(clientCtx, *cfg)
}

// wait blocks until ctx is done or consensus ends by itself, and stops the
// engine. Stop returns only when the block being made is done with, so that the
// application can be closed.
func wait(ctx context.Context, engine *cmtnode.Node, failed <-chan struct{}) error {
	var failure error
	select {
	case <-ctx.Done():
	case <-failed:
		failure = ErrConsensusStopped
	}
	if err := engine.Stop(); err != nil {
		return errors.Join(failure, fmt.Errorf("stop consensus: %w", err))
	}
	engine.Wait()
	return failure
}
