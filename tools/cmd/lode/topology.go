package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/tools/secrets"
)

// topologyApply creates what schemas/bus declares.
func topologyApply() *cobra.Command {
	cfg, replicas := bus.Default(), 1
	c := &cobra.Command{
		Use: "apply", Short: "Create or update the declared streams and buckets", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withBus(c.Context(), cfg, func(b *bus.Bus) error { return b.Apply(c.Context(), replicas) })
		},
	}
	busFlags(c, &cfg)
	c.Flags().IntVar(&replicas, "replicas", replicas, "copies of each stream: 1 on one server, 3 on a cluster")
	return c
}

// topologyCheck names every difference between what is declared and what is there.
func topologyCheck() *cobra.Command {
	cfg := bus.Default()
	c := &cobra.Command{
		Use: "check", Short: "Compare the streams on the bus with what is declared", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			declared, err := bus.Declared()
			if err != nil {
				return err
			}
			var names []string
			for _, s := range declared.Streams {
				names = append(names, s.Name)
			}
			err = withBus(c.Context(), cfg, func(b *bus.Bus) error { return b.Bind(c.Context(), names...) })
			if err == nil {
				fmt.Fprintln(c.OutOrStdout(), "as declared")
			}
			return err
		},
	}
	busFlags(c, &cfg)
	return c
}

// busFlags are how the operator reaches the bus.
func busFlags(c *cobra.Command, cfg *bus.Config) {
	dir := os.Getenv("LODE_SECRETS")
	c.Flags().StringVar(&cfg.URL, "bus", cfg.URL, "NATS server")
	c.Flags().StringVar(&dir, "secrets", dir, "folder with operator.nk and ca.pem of `lode secrets make`; empty: an open server (LODE_SECRETS)")
	c.PreRun = func(*cobra.Command, []string) {
		if dir != "" {
			*cfg = secrets.Client(dir, secrets.Operator, cfg.URL)
		}
	}
}

func withBus(ctx context.Context, cfg bus.Config, do func(*bus.Bus) error) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	b, err := bus.Connect(ctx, cfg, "operator", logger())
	if err != nil {
		return err
	}
	defer b.Close()
	return do(b)
}
