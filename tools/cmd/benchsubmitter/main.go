// Command benchsubmitter measures the submitter on a real chain. It prints what landed where, and last one line of
// JSON; package bench/submitter says what the figures are. It exits with 1 when a session was not settled.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/lodeworks/lode/tools/bench/submitter"
)

func main() {
	cfg := submitter.Full()
	flag.StringVar(&cfg.Bin, "bin", cfg.Bin, "folder of the built programs")
	flag.StringVar(&cfg.Dir, "dir", cfg.Dir, "folder of state and logs, kept (default: a temporary one)")
	flag.IntVar(&cfg.Suppliers, "suppliers", cfg.Suppliers, "suppliers, each with one session that ends in the same block")
	flag.IntVar(&cfg.Relays, "relays", cfg.Relays, "relays in each session")
	flag.DurationVar(&cfg.BlockTime, "block-time", cfg.BlockTime, "wait between blocks; their execution comes on top")
	flag.Float64Var(&cfg.Drop, "drop", cfg.Drop, "part of the broadcasts that is silently dropped, 0 to 1")
	flag.BoolVar(&cfg.RestartNode, "restart-node", cfg.RestartNode, "restart the node in both windows")
	flag.BoolVar(&cfg.Kill, "kill", cfg.Kill, "kill the submitter in both windows")
	flag.DurationVar(&cfg.Within, "within", cfg.Within, "time for all of it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := submitter.Run(ctx, cfg, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "benchsubmitter:", err)
		os.Exit(1)
	}
}
