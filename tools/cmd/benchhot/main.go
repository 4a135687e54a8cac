// Command benchhot measures the hot path, ours and the official libraries side
// by side. It prints a table, and last one line of JSON; package bench says
// what the figures are. It exits with 1 when the two sides do not agree about
// anything.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/lodeworks/lode/tools/bench"
)

func main() {
	quick := flag.Bool("quick", false, "a smoke test of a few seconds: the figures mean nothing")
	rounds := flag.Int("rounds", 5, "rounds of each comparison; a figure is their median")
	large := flag.Bool("large", false, "a trie of ten million leaves as well (takes 3 GB)")
	flag.Parse()
	cfg := bench.Full()
	cfg.Rounds = max(1, *rounds)
	if *large {
		cfg.Large = 10_000_000
	}
	if *quick {
		cfg = bench.Quick()
	}
	if err := bench.Run(cfg, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "benchhot:", err)
		os.Exit(1)
	}
}
