package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/tools/localnet"
	"github.com/lodeworks/lode/tools/localnet/node"
)

// initCommand writes a home; on a home of the same network it only refreshes the
// node's configuration.
func initCommand() *cobra.Command {
	cfg, nodeCfg := localnet.Default(), localnet.DefaultNode()
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write the genesis, the configuration and the test keys; an existing chain is kept",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			home, err := cmd.Flags().GetString("home")
			if err != nil {
				return err
			}
			return initHome(home, cfg, nodeCfg, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&cfg.Profile, "profile", cfg.Profile, "parameters: demo (short sessions, every claim proven) or mainnet")
	f.IntVar(&cfg.Suppliers, "suppliers", cfg.Suppliers, "number of staked suppliers, 1..1000")
	f.StringSliceVar(&cfg.SupplierURLs, "supplier-url", cfg.SupplierURLs, "endpoint of the suppliers' relayers; repeat to hand out several in turn")
	f.StringVar(&cfg.Service.ID, "service", cfg.Service.ID, "service id")
	f.StringVar(&cfg.Service.Name, "service-name", cfg.Service.Name, "service name shown to people")
	f.Uint64Var(&cfg.Service.ComputeUnitsPerRelay, "compute-units", cfg.Service.ComputeUnitsPerRelay, "compute units per relay, 1..2097152")
	f.Uint64Var(&cfg.OwnerShare, "owner-share", cfg.OwnerShare, "percent of a supplier's reward that goes to its owner, 0..100")
	f.DurationVar(&nodeCfg.BlockTime, "block-time", nodeCfg.BlockTime, "wait between blocks, 50ms..10m")
	f.StringVar(&nodeCfg.RPCAddr, "rpc-addr", nodeCfg.RPCAddr, "host:port of the RPC")
	f.StringVar(&nodeCfg.P2PAddr, "p2p-addr", nodeCfg.P2PAddr, "host:port for peers (there are none); port 0 takes any")
	f.StringVar(&nodeCfg.MinGasPrice, "min-gas-price", nodeCfg.MinGasPrice, "lowest accepted fee per unit of gas")
	f.BoolVar(&nodeCfg.OrderedOnly, "ordered-only", nodeCfg.OrderedOnly, "a chain that takes no unordered transactions")
	return cmd
}

func initHome(home string, cfg localnet.Config, nodeCfg localnet.NodeConfig, out io.Writer) error {
	net, err := localnet.New(cfg)
	if err != nil {
		return err
	}
	base, err := node.DefaultGenesis()
	if err != nil {
		return err
	}
	if err := localnet.WriteHome(home, net, nodeCfg, base); err != nil {
		return err
	}
	printNet(out, home, net)
	return nil
}

// printNet lists who is on the chain; of many suppliers only the first ten.
func printNet(out io.Writer, home string, net localnet.Net) {
	fmt.Fprintf(out, "chain %s, profile %s, service %s; home %s (TEST KEYS in %s/keys)\n",
		net.ChainID, net.Profile.Name, net.Service.ID, home, home)
	for i, a := range net.Accounts() {
		if i == 15 {
			fmt.Fprintf(out, "  … and %d more suppliers\n", len(net.Accounts())-i)
			break
		}
		fmt.Fprintf(out, "  %-12s %s\n", a.Name, a.Address)
	}
}
