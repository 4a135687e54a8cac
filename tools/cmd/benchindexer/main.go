// Command benchindexer measures how fast the indexer catches up with a real chain. It prints what was seen, and last one
// line of JSON; package bench/indexer says what the figures are.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/lodeworks/lode/tools/bench/indexer"
)

func main() {
	cfg := indexer.Full()
	flag.StringVar(&cfg.Bin, "bin", cfg.Bin, "folder of the built programs")
	flag.StringVar(&cfg.Dir, "dir", cfg.Dir, "folder of state and logs, kept; a chain that is there is used again (default: a temporary one)")
	flag.Int64Var(&cfg.Blocks, "blocks", cfg.Blocks, "blocks of the chain")
	flag.DurationVar(&cfg.BlockTime, "block-time", cfg.BlockTime, "wait between blocks while the chain is made")
	flag.IntVar(&cfg.Suppliers, "suppliers", cfg.Suppliers, "suppliers, each with one session after the other")
	flag.IntVar(&cfg.Relays, "relays", cfg.Relays, "relays in each session")
	flag.DurationVar(&cfg.Within, "within", cfg.Within, "time for all of it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := indexer.Run(ctx, cfg, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "benchindexer:", err)
		os.Exit(1)
	}
}
