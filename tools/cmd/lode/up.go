package main

import (
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/tools/demo"
	"github.com/lodeworks/lode/tools/stack"
)

// stackFlags binds the flags that up and smoke share.
func stackFlags(c *cobra.Command, o *stack.Options) {
	f := c.Flags()
	f.StringVar(&o.Dir, "dir", o.Dir, "folder of state, keys and logs")
	f.StringVar(&o.Bin, "bin", o.Bin, "folder of the built programs")
	f.StringVar(&o.Profile, "profile", o.Profile, "parameters of the local chain: demo or mainnet")
	f.DurationVar(&o.BlockTime, "block-time", o.BlockTime, "wait between blocks, 200ms or more")
	f.IntVar(&o.Suppliers, "suppliers", o.Suppliers, "staked suppliers")
	f.StringVar(&o.LLM, "llm", o.LLM, "base URL of an OpenAI-compatible server (default: the demo model server)")
	f.StringVar(&o.Model, "model", o.Model, "model name that the gateway offers")
	f.StringVar(&o.BusURL, "bus", o.BusURL, "NATS server (default: one in this process)")
	f.StringVar(&o.ClickHouse, "clickhouse", o.ClickHouse, "DSN of a ClickHouse server (default: the embedded engine)")
}

func logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func up() *cobra.Command {
	o := stack.Default(".lode/up")
	rate := 2.0
	c := &cobra.Command{
		Use: "up", Short: "Run everything on this machine, with demo traffic, until interrupted", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return demo.Up{Stack: o, Traffic: rate, Out: c.OutOrStdout(), Log: logger()}.Run(c.Context())
		},
	}
	stackFlags(c, &o)
	c.Flags().Float64Var(&rate, "traffic", rate, "demo requests per second; 0: none")
	return c
}

func smoke() *cobra.Command {
	o := stack.Default("")
	s := demo.Smoke{Relays: 250, Within: 5 * time.Minute}
	c := &cobra.Command{
		Use: "smoke", Short: "Run everything from nothing until relays are settled and the ledger balances", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runSmoke(c, o, s) },
	}
	stackFlags(c, &o)
	c.Flags().IntVar(&s.Relays, "relays", s.Relays, "relays to send")
	c.Flags().DurationVar(&s.Within, "within", s.Within, "time for all of it")
	c.Flags().StringSliceVar(&s.Kill, "kill", nil, "services to end with SIGKILL in the middle of the traffic")
	return c
}
