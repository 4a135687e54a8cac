package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/services/kit/bus"
)

// dead lists what could not be understood.
func dead() *cobra.Command {
	cfg := bus.Default()
	c := &cobra.Command{
		Use: "dead", Short: "The messages that no service could understand, and why", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withBus(c.Context(), cfg, func(b *bus.Bus) error {
				_, err := b.Replay(c.Context(), bus.StreamDead, nil, func(m bus.Msg) error {
					_, err := fmt.Fprintf(c.OutOrStdout(), "%d  %s  %s  was %s, %d bytes: %s\n", m.Sequence, m.Stored.UTC().Format(time.RFC3339),
						m.Subject, m.Header.Get("Lode-Subject"), len(m.Data), m.Header.Get("Lode-Error"))
					return err
				})
				return err
			})
		},
	}
	busFlags(c, &cfg)
	return c
}
