package main

import (
	"fmt"
	"sort"
	"time"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/tools/stack"
	"github.com/lodeworks/lode/tools/traffic"
)

// relay sends signed relays: requests to a gateway, which signs them.
func relay() *cobra.Command {
	defaults := stack.Default("")
	o := traffic.Options{Gateway: defaults.GatewayURL(), Model: defaults.Model, Total: 1, Parallel: 1}
	c := &cobra.Command{
		Use: "relay", Short: "Send chat requests through a gateway and count the verified answers", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			begin := time.Now()
			counts := traffic.Run(c.Context(), o)
			fmt.Fprintf(c.OutOrStdout(), "%d answered, %d failed, in %s\n", counts.Answered, counts.Failed, time.Since(begin).Round(time.Millisecond))
			for _, line := range sorted(counts.Sessions, "session") {
				fmt.Fprintln(c.OutOrStdout(), line)
			}
			for _, line := range sorted(counts.Errors, "error") {
				fmt.Fprintln(c.OutOrStdout(), line)
			}
			if counts.Answered < o.Total {
				return fmt.Errorf("%d of %d requests answered", counts.Answered, o.Total)
			}
			return nil
		},
	}
	c.Flags().StringVar(&o.Gateway, "gateway", o.Gateway, "base URL of the gateway")
	c.Flags().StringVar(&o.Model, "model", o.Model, "model name")
	c.Flags().IntVarP(&o.Total, "count", "n", o.Total, "requests to send")
	c.Flags().IntVar(&o.Parallel, "parallel", o.Parallel, "requests under way at once")
	return c
}

func sorted(counts map[string]int, what string) []string {
	var lines []string
	for name, n := range counts {
		lines = append(lines, fmt.Sprintf("  %s %s: %d", what, name, n))
	}
	sort.Strings(lines)
	return lines
}
