package indexer

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/run"
)

// Name is the service's name on the bus, in the environment and in logs.
const Name = "indexer"

// Service follows one chain. Its fields are owned by Run's goroutine.
type Service struct {
	cfg     Config
	bus     *bus.Bus
	chain   *chain.Client
	node    node
	log     *slog.Logger
	reg     prometheus.Registerer
	metrics *metrics
	probe   *run.Probe
	last    checkpoint // the last block in the stream, when known
	known   bool       // false: last must be read again
}

// New connects to the bus, checks its streams, and prepares the node's client; the node may be away.
func New(ctx context.Context, cfg Config, kit run.Kit) (*Service, error) {
	client, err := chain.Dial(cfg.Chain)
	if err != nil {
		return nil, err
	}
	b, err := bus.Connect(ctx, cfg.Bus, Name, kit.Log)
	if err != nil {
		return nil, err
	}
	if err := b.Bind(ctx, bus.StreamChain); err != nil {
		b.Close()
		return nil, err
	}
	return &Service{
		cfg:     cfg,
		bus:     b,
		chain:   client,
		node:    node{source: client},
		log:     kit.Log,
		reg:     kit.Metrics,
		metrics: newMetrics(kit.Metrics),
		probe:   kit.Health.Probe("node", max(10*time.Second, 3*cfg.PollInterval)),
	}, nil
}

// Run indexes until ctx ends, or until the node turns out to follow another chain than the stream holds.
func (s *Service) Run(ctx context.Context) error {
	defer s.bus.Close()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { s.chain.Watch(ctx, s.log, s.reg); return nil })
	group.Go(func() error { return s.follow(ctx) })
	return group.Wait()
}
