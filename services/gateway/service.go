package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"golang.org/x/sync/errgroup"

	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/ring"
)

// Gateway is the service.
type Gateway struct {
	cfg     Config
	kit     run.Kit
	node    *chain.Client
	facts   *facts.Facts
	routes  *routes
	picker  *picker
	client  *http.Client
	metrics metrics
	height  atomic.Int64 // newest block known
	sockets *sockets     // WebSockets that are open
}

type metrics struct {
	height prometheus.Gauge
	relays *prometheus.CounterVec // by service and outcome
}

func newMetrics(reg prometheus.Registerer) metrics {
	f := promauto.With(reg)
	return metrics{
		height: f.NewGauge(prometheus.GaugeOpts{Namespace: "lode", Subsystem: "gateway", Name: "height", Help: "newest block height known, in blocks"}),
		relays: f.NewCounterVec(prometheus.CounterOpts{Namespace: "lode", Subsystem: "gateway", Name: "relays_total", Help: "relays sent, by outcome: verified or failed"}, []string{"service", "outcome"}),
	}
}

// New reads the gateway's key.
func New(_ context.Context, cfg Config, kit run.Kit) (*Gateway, error) {
	private, err := keys.LoadFile(cfg.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("load gateway key: %w", err)
	}
	if len(private) != 1 {
		return nil, errors.New("key_file: must hold exactly one key")
	}
	node, err := chain.Dial(cfg.Chain)
	if err != nil {
		return nil, err
	}
	rings, err := ring.NewCache(4096, cfg.RingTables)
	if err != nil {
		return nil, err
	}
	f := facts.New(node)
	return &Gateway{
		cfg: cfg, kit: kit, node: node, facts: f, metrics: newMetrics(kit.Metrics),
		routes:  &routes{facts: f, key: private[0], rings: rings, kept: map[[2]string]*route{}},
		sockets: newSockets(cfg.Websockets),
		picker:  &picker{rest: map[string]time.Time{}, now: time.Now},
		client: &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: 90 * time.Second},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Run serves the API until ctx ends.
func (g *Gateway) Run(ctx context.Context) error {
	ln, err := net.Listen("tcp", g.cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", g.cfg.Listen, err)
	}
	defer g.sockets.close()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return g.followHeight(ctx) })
	group.Go(func() error { g.node.Watch(ctx, g.kit.Log, g.kit.Metrics); return nil })
	group.Go(func() error {
		srv := &http.Server{Handler: g.handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, MaxHeaderBytes: 1 << 20}
		srv.RegisterOnShutdown(g.sockets.drain)
		return run.Serve(ctx, ln, srv, g.kit.Log)
	})
	return group.Wait()
}
