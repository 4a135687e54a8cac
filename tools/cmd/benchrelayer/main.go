// Command benchrelayer measures the relayer under load. It prints a table, and last one line of JSON; package
// bench/relayer says what the figures are. It exits with 1 when an answered relay is lost or badly signed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/lodeworks/lode/tools/bench/relayer"
)

func main() {
	quick := flag.Bool("quick", false, "a smoke test of a few seconds: the figures mean little")
	program := flag.String("relayer", "bin/relayer", "the relayer's program")
	profile := flag.String("profile", "", "file for a CPU profile of the relayer at half of saturation")
	flag.Parse()
	cfg := relayer.Full()
	if *quick {
		cfg = relayer.Quick()
	}
	cfg.Relayer, cfg.Profile = *program, *profile
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := relayer.Run(ctx, cfg, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "benchrelayer:", err)
		os.Exit(1)
	}
}
