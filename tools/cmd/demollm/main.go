// Command demollm is a stand-in for a model server: an n-gram generator behind
// the OpenAI API. It is a demo and not a language model. See package demollm.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/lodeworks/lode/tools/demollm"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, stop); err != nil {
		fmt.Fprintln(os.Stderr, "demollm:", err)
		os.Exit(1)
	}
}

// run serves until a signal; a second signal ends the process at once.
func run(ctx context.Context, stop func()) error {
	cfg := flags()
	cfg.Log = slog.New(slog.NewJSONHandler(os.Stderr, nil))
	server, err := demollm.Start(ctx, cfg)
	if err != nil {
		return err
	}
	fmt.Println("listening on", server.Addr(), "(demo, not an LLM)")
	select {
	case <-ctx.Done():
	case <-server.Done():
	}
	stop()
	return server.Close()
}

func flags() demollm.Config {
	cfg := demollm.Default()
	flag.StringVar(&cfg.Listen, "listen", cfg.Listen, "address; port 0 takes a free one")
	flag.Int64Var(&cfg.MaxBodyBytes, "max-body", cfg.MaxBodyBytes, "largest request body, bytes")
	flag.DurationVar(&cfg.FirstToken, "first-token", 0, "artificial wait before the first token")
	flag.DurationVar(&cfg.PerToken, "per-token", 0, "artificial wait before each further token")
	flag.DurationVar(&cfg.StopTimeout, "stop-timeout", cfg.StopTimeout, "how long answers may finish after a signal")
	flag.Parse()
	return cfg
}
