package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/tools/analyticsapi"
	"github.com/lodeworks/lode/tools/stack"
	"github.com/lodeworks/lode/tools/status"
)

// statusCommand prints how the whole system is.
func statusCommand() *cobra.Command {
	cfg, node := bus.Default(), chain.Default()
	base, nodes, asJSON := stack.Default("").AnalyticsURL(), []string{stack.Default("").ChainURL()}, false
	c := &cobra.Command{
		Use: "status", Short: "How the system is: hashers and their lag, obligations, the index, ClickHouse, the bus's streams", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			node.Nodes = nodes
			client, err := chain.Dial(node)
			if err != nil {
				return err
			}
			return withBus(c.Context(), cfg, func(b *bus.Bus) error {
				s, err := status.Read(c.Context(), b, analyticsapi.New(base), client)
				if printing := printed(c.OutOrStdout(), asJSON, s, printStatus); err == nil {
					err = printing
				}
				return err
			})
		},
	}
	busFlags(c, &cfg)
	c.Flags().StringVar(&base, "analytics", base, "base URL of the analytics service")
	c.Flags().StringSliceVar(&nodes, "chain", nodes, "CometBFT RPC addresses")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func printStatus(out io.Writer, s status.Status) {
	for _, h := range s.Hashers {
		fmt.Fprintf(out, "hasher %s: %d partitions, %d leaves in memory\n", h.Name, h.Partitions, h.Leaves)
	}
	p := s.Partitions
	fmt.Fprintf(out, "relay log: %d partitions with messages, %d behind by at most %d messages, %d steps stored by %d hashers\n",
		p.Logged, p.Behind, p.Lag, p.Steps, p.Owners)
	for _, o := range s.Obligations {
		fmt.Fprintf(out, "obligations %s: %d\n", o.Phase, o.Open)
	}
	fmt.Fprintf(out, "index: chain at %d, bus at %d, store at %d, %d heights missing\n", s.Index.Chain, s.Index.Said, s.Index.Stored, s.Index.Missing)
	fmt.Fprintf(out, "store: %d rows, %d bytes, %d parts, %.1f rows/s in the last five minutes\n", s.Store.Rows, s.Store.Bytes, s.Store.Parts, s.Store.StoredPerSecond)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "stream\tmessages\tbytes\tlimit\tconsumers\t")
	for _, t := range s.Streams {
		limit := "none"
		if t.MaxBytes > 0 {
			limit = fmt.Sprint(t.MaxBytes)
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%d\t\n", t.Name, t.Messages, t.Bytes, limit, t.Consumers)
	}
	_ = w.Flush()
}
