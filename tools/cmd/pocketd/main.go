// Command pocketd is a Pocket chain node for one machine: the official
// application module with a genesis of our own.
//
//	pocketd init  --home DIR [--profile demo|mainnet] [--suppliers N] …
//	pocketd start --home DIR
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := root().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "pocketd:", err)
		os.Exit(1)
	}
}
