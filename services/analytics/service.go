package analytics

import (
	"context"
	"errors"

	"log/slog"
	"net/http"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/lodeworks/lode/schemas"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/ch"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/run"
)

// Name is the service's name on the bus, in the environment and in logs.
const Name = "analytics"

// Service is the analytics service.
type Service struct {
	cfg     Config
	bus     *bus.Bus
	conn    driver.Conn
	node    *chain.Client
	log     *slog.Logger
	reg     prometheus.Registerer
	metrics *metrics
	sinks   []sink
	answers http.Handler
	live    live
	said    sayings // of the chain's state; used by snapshots alone
}

// New connects to ClickHouse and the bus, and brings the tables up to date.
func New(ctx context.Context, cfg Config, kit run.Kit) (*Service, error) {
	conn, err := ch.Connect(ctx, cfg.ClickHouse, kit.Log)
	if err != nil {
		return nil, err
	}
	if cfg.Migrate {
		if err := Migrate(ctx, cfg.ClickHouse, kit.Log); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		if err := keepRelays(ctx, conn, cfg.RawDays, kit.Log); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	node, err := chain.Dial(cfg.Chain)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	b, err := bus.Connect(ctx, cfg.Bus, Name, kit.Log)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if err := b.Bind(ctx, bus.StreamRelays, bus.StreamRefusals, bus.StreamSessions, bus.StreamClaims, bus.StreamChain); err != nil {
		b.Close()
		return nil, errors.Join(err, conn.Close())
	}
	s := &Service{cfg: cfg, bus: b, conn: conn, node: node, log: kit.Log, reg: kit.Metrics, metrics: newMetrics(kit.Metrics), said: sayings{}}
	s.live.watchers = map[chan progress]bool{}
	s.sinks = sinks(kit.Health, cfg.StaleAfter)
	if s.answers, err = s.api(); err != nil {
		b.Close()
		return nil, errors.Join(err, conn.Close())
	}
	return s, nil
}

// sinks are all edges from the bus. Only blocks come for certain, so only their sink must keep moving to be ready.
func sinks(health *run.Health, stale time.Duration) []sink {
	quiet := run.NewHealth().Probe("quiet", 0) // not asked: a subject without messages is not a fault
	return []sink{
		{durable: relayServed, rows: onRelayServed, probe: quiet},
		{durable: relayRefused, rows: onRelayRefused, probe: quiet},
		{durable: sessionSealed, rows: onSessionSealed, probe: quiet},
		{durable: claimChanged, rows: onClaimChanged, probe: quiet},
		{durable: claimEnded, rows: onClaimEnded, probe: quiet},
		{durable: chainEvents, rows: onChainEvents, probe: quiet},
		{durable: blockCommitted, rows: onBlockCommitted, probe: health.Probe("blocks", stale)},
	}
}

// Migrate brings the tables up to date.
func Migrate(ctx context.Context, cfg ch.Config, log *slog.Logger) error {
	applied, err := ch.Migrate(ctx, cfg, schemas.Migrations())
	if err != nil {
		return err
	}
	log.Info("tables are up to date", "applied", applied)
	return nil
}

// Run stores what the bus says and answers the API until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	defer s.bus.Close()
	defer func() { _ = s.conn.Close() }()
	group, ctx := errgroup.WithContext(ctx)
	for _, k := range s.sinks {
		group.Go(func() error { return s.consume(ctx, k) })
	}
	group.Go(func() error { s.bus.Observe(ctx, s.reg); return nil })
	group.Go(func() error { return s.rollUp(ctx) })
	group.Go(func() error { return s.watch(ctx) })
	if s.cfg.SnapshotEvery > 0 {
		group.Go(func() error { return s.snapshots(ctx) })
	}
	group.Go(func() error { return run.ServeHTTP(ctx, s.cfg.Listen, s.answers, s.log) })
	return group.Wait()
}
