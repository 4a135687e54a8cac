// Command benchrelayer measures the relayer under load. It prints a table, and last one line of JSON; package
// bench/relayer says what the figures are. It exits with 1 when an answered relay is lost or badly signed.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/lodeworks/lode/tools/bench/relayer"
)

func main() {
	quick := flag.Bool("quick", false, "a smoke test of a few seconds: the figures mean little")
	program := flag.String("relayer", "bin/relayer", "the relayer's program")
	profile := flag.String("profile", "", "file for a CPU profile of the relayer at half of saturation")
	rate := flag.Int("rate", 0, "relays a second taken for half of saturation; only this and overload are measured")
	hold := flag.Duration("hold", 0, "how long half of saturation and overload last; 0: as ever")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if flag.Arg(0) == serveBus {
		check(relayer.ServeBus(ctx, flag.Arg(1), flag.Arg(2)))
		return
	}
	cfg := relayer.Full()
	if *quick {
		cfg = relayer.Quick()
	}
	cfg.Relayer, cfg.Profile = *program, *profile
	self, err := os.Executable()
	check(err)
	cfg.Bus, cfg.Rate = []string{self, serveBus}, *rate
	cfg.Hold = cmp.Or(*hold, cfg.Hold)
	check(relayer.Run(ctx, cfg, os.Stdout, os.Stderr))
}

// serveBus is the argument with which this program is the bus.
const serveBus = "bus"

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchrelayer:", err)
		os.Exit(1)
	}
}
