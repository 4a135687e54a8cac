package stack

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lodeworks/lode/services/gateway"
	"github.com/lodeworks/lode/services/kit/run"
)

// Signer is a gateway inside this process, for who has a gateway's key and no gateway.
type Signer struct {
	KeyFile     string   // the gateway's key
	Application string   // address of the application that delegated to it
	Service     string   // service id
	Nodes       []string // CometBFT RPC of the chain
}

// Start runs the gateway until ctx ends, and returns its base URL. It may not listen yet.
func (s Signer) Start(ctx context.Context, model string) (string, error) {
	ports, err := FreePorts()
	if err != nil {
		return "", err
	}
	cfg := gateway.Default()
	cfg.Chain.Nodes, cfg.KeyFile, cfg.Applications = s.Nodes, s.KeyFile, []string{s.Application}
	cfg.Models, cfg.Listen = map[string]string{model: s.Service}, loopback(ports.Gateway)
	if err := cfg.Validate(); err != nil {
		return "", err
	}
	kit := run.Kit{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Health: run.NewHealth()}
	g, err := gateway.New(ctx, cfg, kit)
	if err != nil {
		return "", fmt.Errorf("open gateway: %w", err)
	}
	go func() { _ = g.Run(ctx) }() // its fault shows as a request that fails
	return "http://" + cfg.Listen, nil
}
