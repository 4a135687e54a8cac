package indexer

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/run"
)

// Name is the service's name on the bus, in the environment and in logs.
const Name = "indexer"

// Service follows one chain.
type Service struct {
	cfg     Config
	bus     *bus.Bus
	chain   *chain.Client
	log     *slog.Logger
	reg     prometheus.Registerer
	metrics *metrics
	probe   *run.Probe
	moved   chan struct{} // the stream has a new block; holds one
	newest  int64         // of the stream, as far as known; owned by whoever says heights
}

// New connects to the bus, checks its streams, and prepares the nodes' client; they may be away.
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
	kit.Health.Parts("chain_node", client.Faults)
	return &Service{
		cfg:     cfg,
		bus:     b,
		chain:   client,
		log:     kit.Log,
		reg:     kit.Metrics,
		metrics: newMetrics(kit.Metrics),
		probe:   kit.Health.Probe("height", cfg.StaleAfter),
		moved:   make(chan struct{}, 1),
	}, nil
}

// Run indexes until ctx ends, or until the nodes turn out to follow another chain than the stream holds.
func (s *Service) Run(ctx context.Context) error {
	defer s.bus.Close()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { s.chain.Watch(ctx, s.log, s.reg); return nil })
	group.Go(func() error { s.bus.Observe(ctx, s.reg); return nil })
	group.Go(func() error { s.alarm(ctx); return nil })
	group.Go(func() error { return s.follow(ctx) })
	return group.Wait()
}
