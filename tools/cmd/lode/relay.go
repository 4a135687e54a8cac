package main

import (
	"context"
	"fmt"
	"log/slog"
	"sort"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/services/gateway"
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/tools/stack"
	"github.com/lodeworks/lode/tools/traffic"
)

// signer is a gateway inside this process, for who has the key and no gateway.
type signer struct {
	keyFile, application, service string
	nodes                         []string
}

// relay sends signed relays and counts the answers that the supplier's key signed.
func relay() *cobra.Command {
	defaults := stack.Default("")
	o := traffic.Options{Gateway: defaults.GatewayURL(), Model: defaults.Model, Total: 1, Parallel: 1}
	s := signer{nodes: []string{defaults.ChainURL()}, service: "demo-llm"}
	c := &cobra.Command{
		Use: "relay", Short: "Send signed relays, through a gateway or with a gateway's key, and count the verified answers", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if s.keyFile != "" {
				var err error
				if o.Gateway, err = s.start(c.Context(), o.Model); err != nil {
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
	f.StringVar(&s.keyFile, "key-file", "", "sign here with the gateway key in this file, instead of asking a gateway")
	f.StringVar(&s.application, "application", "", "with --key-file: address of the application that delegated to the key")
	f.StringVar(&s.service, "service", s.service, "with --key-file: service id")
	f.StringSliceVar(&s.nodes, "chain", s.nodes, "with --key-file: CometBFT RPC of the chain")
	return c
}

// start runs the gateway until ctx ends, and returns its base URL.
func (s signer) start(ctx context.Context, model string) (string, error) {
	ports, err := stack.FreePorts()
	if err != nil {
		return "", err
	}
	cfg := gateway.Default()
	cfg.Chain.Nodes, cfg.KeyFile, cfg.Applications = s.nodes, s.keyFile, []string{s.application}
	cfg.Models, cfg.Listen = map[string]string{model: s.service}, fmt.Sprintf("127.0.0.1:%d", ports.Gateway)
	if err := cfg.Validate(); err != nil {
		return "", err
	}
	g, err := gateway.New(ctx, cfg, run.Kit{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Health: run.NewHealth()})
	if err != nil {
		return "", err
	}
	go func() { _ = g.Run(ctx) }() // its fault shows as a request that fails
	return "http://" + cfg.Listen, nil
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
