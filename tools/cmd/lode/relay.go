package main

import (
	"fmt"
	"sort"
	"time"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/tools/stack"
	"github.com/lodeworks/lode/tools/traffic"
)

// relay sends signed relays and counts the answers that the supplier's key signed.
func relay() *cobra.Command {
	defaults := stack.Default("")
	o := traffic.Options{Gateway: defaults.GatewayURL(), Model: defaults.Model, Total: 1, Parallel: 1}
	s := stack.Signer{Nodes: []string{defaults.ChainURL()}, Service: "demo-llm"}
	c := &cobra.Command{
		Use: "relay", Short: "Send signed relays, through a gateway or with a gateway's key, and count the verified answers", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if s.KeyFile != "" {
				var err error
				if o.Gateway, err = s.Start(c.Context(), o.Model); err != nil {
					return err
				}
			}
			return sendRelays(c, o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.Gateway, "gateway", o.Gateway, "base URL of the gateway that signs")
	f.StringVar(&o.Model, "model", o.Model, "model name")
	f.IntVarP(&o.Total, "count", "n", o.Total, "requests to send")
	f.IntVar(&o.Parallel, "parallel", o.Parallel, "requests under way at once")
	f.StringVar(&s.KeyFile, "key-file", "", "sign here with the gateway key in this file, instead of asking a gateway")
	f.StringVar(&s.Application, "application", "", "with --key-file: address of the application that delegated to the key")
	f.StringVar(&s.Service, "service", s.Service, "with --key-file: service id")
	f.StringSliceVar(&s.Nodes, "chain", s.Nodes, "with --key-file: CometBFT RPC of the chain")
	return c
}

// sendRelays gives up after as many failures as there are requests: the first may come before the gateway listens.
func sendRelays(c *cobra.Command, o traffic.Options) error {
	begin := time.Now()
	o.MaxFailures = max(10, o.Total)
	counts := traffic.Run(c.Context(), o)
	out := c.OutOrStdout()
	fmt.Fprintf(out, "%d answered, %d failed, in %s\n", counts.Answered, counts.Failed, time.Since(begin).Round(time.Millisecond))
	for _, line := range append(sorted(counts.Sessions, "session"), sorted(counts.Errors, "error")...) {
		fmt.Fprintln(out, line)
	}
	if counts.Answered < o.Total {
		return fmt.Errorf("%d of %d requests answered", counts.Answered, o.Total)
	}
	return nil
}

func sorted(counts map[string]int, what string) []string {
	var lines []string
	for name, n := range counts {
		lines = append(lines, fmt.Sprintf("  %s %s: %d", what, name, n))
	}
	sort.Strings(lines)
	return lines
}
