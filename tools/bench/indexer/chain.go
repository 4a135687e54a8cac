package indexer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/tools/localnet"
	"github.com/lodeworks/lode/tools/localnet/node"
	"github.com/lodeworks/lode/tools/secrets"
	"github.com/lodeworks/lode/tools/served"
	"github.com/lodeworks/lode/tools/stack"
)

// home writes the chain's home, or a new configuration into it.
func (c Config) home(dir string, net localnet.Net, rpc int, blockTime time.Duration) error {
	base, err := node.DefaultGenesis()
	if err != nil {
		return err
	}
	cfg := localnet.DefaultNode()
	cfg.BlockTime, cfg.RPCAddr = blockTime, fmt.Sprintf("127.0.0.1:%d", rpc)
	return localnet.WriteHome(dir, net, cfg, base)
}

// grow makes the chain in dir/chain.
func (c Config) grow(ctx context.Context, dir string, net localnet.Net, say func(string, ...any)) error {
	o := stack.Default(dir)
	o.Bin, o.Suppliers, o.BlockTime = c.Bin, c.Suppliers, max(c.BlockTime, 200*time.Millisecond)
	o.Without = []string{"chlocal", "demollm", "relayer", "gateway", "analytics"}
	var err error
	if o.Ports, err = stack.FreePorts(); err != nil {
		return err
	}
	o.Chain = func(home string) error { return c.home(home, net, o.Ports.Chain, c.BlockTime) }
	s, err := stack.New(o, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	err = c.work(ctx, o, net, say)
	stop()
	return errors.Join(err, <-ended)
}

// work serves relays in every session until the chain is high enough.
func (c Config) work(ctx context.Context, o stack.Options, net localnet.Net, say func(string, ...any)) error {
	cfg := chain.Default()
	cfg.Nodes = []string{o.ChainURL()}
	client, err := chain.Dial(cfg)
	if err != nil {
		return err
	}
	b, err := bus.Connect(ctx, o.Bus(secrets.Operator), secrets.Operator, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer b.Close()
	relayer, known := served.New(net.Gateway, b), facts.New(client)
	defer relayer.Close(ctx)
	for height := int64(2); height < c.Blocks; {
		if err := localnet.AwaitHeight(ctx, client, height+1); err != nil { // a block is counted before it is executed
			return err
		}
		session, err := known.Session(ctx, net.Application.Address, net.Service.ID, height)
		if err != nil {
			return err
		}
		var loads []served.Load
		for _, supplier := range net.SuppliersOf(net.Service.ID) {
			loads = append(loads, served.Load{Application: net.Application, Supplier: supplier, Session: session, Relays: c.Relays})
		}
		if err := relayer.Serve(ctx, loads...); err != nil {
			return err
		}
		height = session.Header.SessionEndBlockHeight + 1
		say("height %d of %d", height, c.Blocks)
	}
	return localnet.AwaitHeight(ctx, client, c.Blocks)
}

func (c Config) program(name string) string { return filepath.Join(c.Bin, name) }
