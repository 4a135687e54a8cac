// Command benchanalytics measures how fast the store takes what the chain says and answers what operators ask. It prints what
// was seen, and last one line of JSON; package bench/analytics says what the figures are.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/lodeworks/lode/tools/bench/analytics"
)

func main() {
	cfg := analytics.Full()
	flag.StringVar(&cfg.Bin, "bin", cfg.Bin, "folder of the built programs")
	flag.StringVar(&cfg.Dir, "dir", cfg.Dir, "folder of the state, kept (default: a temporary one)")
	flag.Uint64Var(&cfg.Seed, "seed", cfg.Seed, "of the history")
	flag.Uint64Var(&cfg.Sessions, "sessions", cfg.Sessions, "session ends, with 285 settlements each")
	flag.Uint64Var(&cfg.Rollups, "rollups", cfg.Rollups, "rows of relay_minutes")
	flag.IntVar(&cfg.Rounds, "rounds", cfg.Rounds, "how often each question is asked")
	flag.BoolVar(&cfg.Indexer, "indexer", cfg.Indexer, "measure the backfill of a chain, too")
	flag.DurationVar(&cfg.Within, "within", cfg.Within, "time for all of it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := analytics.Run(ctx, cfg, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "benchanalytics:", err)
		os.Exit(1)
	}
}
