package submitter

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/tools/localnet"
	"github.com/lodeworks/lode/tools/localnet/node"
	"github.com/lodeworks/lode/tools/secrets"
	"github.com/lodeworks/lode/tools/served"
	"github.com/lodeworks/lode/tools/stack"
)

// network is the suppliers, fifty to a service, on mainnet's parameters.
func network(c Config) (localnet.Net, error) {
	cfg := localnet.Default()
	cfg.Profile, cfg.Suppliers = localnet.ProfileMainnet, c.Suppliers
	for i := 1; i < (c.Suppliers+perService-1)/perService; i++ {
		cfg.Others = append(cfg.Others, localnet.Service{
			ID: fmt.Sprintf("model-%d", i), Name: "Model", ComputeUnitsPerRelay: cfg.Service.ComputeUnitsPerRelay,
		})
	}
	return localnet.New(cfg)
}

// options are a stack without what comes before the relay log, and without analytics.
func (c Config) options(dir string, net localnet.Net) (stack.Options, error) {
	o := stack.Default(dir)
	o.Bin, o.Suppliers, o.BlockTime = c.Bin, c.Suppliers, c.BlockTime
	o.Without = []string{"chlocal", "demollm", "relayer", "gateway", "analytics"}
	var err error
	if o.Ports, err = stack.FreePorts(); err != nil {
		return o, err
	}
	o.Chain = func(home string) error {
		base, err := node.DefaultGenesis()
		if err != nil {
			return err
		}
		cfg := localnet.DefaultNode()
		cfg.BlockTime, cfg.RPCAddr = c.BlockTime, fmt.Sprintf("127.0.0.1:%d", o.Ports.Chain)
		return localnet.WriteHome(home, net, cfg, base)
	}
	return o, nil
}

// serve puts the relays of every supplier's session into the log, and returns one of the sessions.
func serve(ctx context.Context, c Config, net localnet.Net, node *chain.Client, address bus.Config) (*facts.Session, error) {
	b, err := bus.Connect(ctx, address, secrets.Operator, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer b.Close()
	relayer, known := served.New(net.Gateway, b), facts.New(node)
	defer relayer.Close(ctx)
	var loads []served.Load
	var one *facts.Session
	for _, m := range net.Markets() {
		s, err := known.Session(ctx, m.Application.Address, m.Service.ID, 1)
		if err != nil {
			return nil, err
		}
		one = s
		for _, supplier := range net.SuppliersOf(m.Service.ID) {
			loads = append(loads, served.Load{Application: m.Application, Supplier: supplier, Session: s, Relays: c.Relays})
		}
	}
	return one, relayer.Serve(ctx, loads...)
}
