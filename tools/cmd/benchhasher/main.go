// Command benchhasher measures the hasher: through the bus, beside the same work over Redis, at restarts and handovers.
// It prints a table, and last one line of JSON; package bench/hasher says what the figures are.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"

	"github.com/lodeworks/lode/tools/bench/hasher"
)

func main() {
	if ran, err := hasher.Child(os.Args[1:]); ran {
		exit(err)
	}
	quick := flag.Bool("quick", false, "a smoke test of a minute: the figures mean little")
	program := flag.String("hasher", "bin/hasher", "the hasher's program")
	redis := flag.String("redis", "redis-server", "the Redis server's program; where there is none its side is left out")
	profile := flag.String("profile", "", "start of the names of files for CPU profiles of one hasher and the bus under load")
	mined := flag.Float64("mined", 1, "share of the relays that are below the target, where relays a second are counted")
	flag.Parse()
	cfg := hasher.Full()
	if *quick {
		cfg = hasher.Quick()
	}
	cfg.Hasher, cfg.Profile, cfg.Mined = *program, *profile, *mined
	exit(run(cfg, *redis))
}

func run(cfg hasher.Config, redis string) (err error) {
	if cfg.Self, err = os.Executable(); err != nil {
		return err
	}
	cfg.Redis, _ = exec.LookPath(redis)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	return hasher.Run(ctx, cfg, os.Stdout, os.Stderr)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchhasher:", err)
		os.Exit(1)
	}
	os.Exit(0)
}
