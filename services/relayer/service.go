package relayer

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/pocket/ring"
	"github.com/lodeworks/lode/services/relayer/refusals"
	"github.com/lodeworks/lode/services/signing"
)

// Relayer is the service: what outlives its configurations, and the setup of the present one. Its parts are set once, in
// New.
type Relayer struct {
	current   atomic.Pointer[setup] // see now
	kit       run.Kit
	bus       *bus.Bus
	node      *chain.Client
	facts     *facts.Facts
	ring      *ring.Verifier
	keys      *signing.Set // of the suppliers
	meter     meter
	log       *relayLog
	metrics   *metrics
	height    atomic.Int64               // newest block known
	heard     atomic.Int64               // when it was heard, unix nanoseconds; 0: never
	refreshed *lru.Cache[ringKey, int64] // height at which a ring was last read again
	noes      *noes
	late      *late
	refusals  refused
	grid      grid
	sockets   *sockets     // WebSockets that are open
	under     sync.RWMutex // held for reading by each request under way
	grpc      *grpc.Server // serves through ServeHTTP only
	tls       *tls.Config  // nil: none
}

// New connects to the bus and reads the keys. It fails on anything that would lose money later.
func New(ctx context.Context, cfg Config, kit run.Kit) (*Relayer, error) {
	suppliers, err := signing.Open(ctx, cfg.Keys, kit.Log)
	if err != nil {
		return nil, fmt.Errorf("open supplier keys: %w", err)
	}
	node, err := chain.Dial(cfg.Chain)
	if err != nil {
		return nil, err
	}
	b, err := bus.Connect(ctx, cfg.Bus, "relayer", kit.Log)
	if err != nil {
		return nil, err
	}
	if err := b.Bind(ctx, bus.StreamRelays, bus.StreamRefusals, bus.StreamChain); err != nil {
		return nil, err
	}
	rings, err := ring.NewCache(4096, cfg.RingTables)
	if err != nil {
		return nil, err
	}
	s := &Relayer{
		kit: kit, bus: b, node: node, ring: ring.NewVerifier(rings), keys: suppliers, noes: newNoes(), late: newLate(), sockets: newSockets(),
		refusals: refused{bus: b, counts: refusals.New(maxRefusals)},
	}
	s.metrics = newMetrics(kit.Metrics, s.down, cfg.TLS.Expiry)
	s.facts = facts.New(&asker{node, func() *guard { return s.now().guard }})
	s.grpc = s.grpcServer()
	if s.tls, err = cfg.TLS.Server(kit.Log); err != nil {
		return nil, err
	}
	if s.refreshed, err = lru.New[ringKey, int64](4096); err != nil {
		return nil, err
	}
	first, err := s.setUp(cfg, nil)
	if err != nil {
		return nil, err
	}
	s.current.Store(first)
	replicas, err := b.Replicas(ctx, bus.StreamRelays)
	if err != nil {
		return nil, err
	}
	if s.log, err = newRelayLog(cfg, b, replicas, kit, s.metrics); err != nil {
		return nil, err
	}
	if s.meter, err = newMeter(ctx, cfg, b, s.log.incarnation, kit, s.metrics); err != nil {
		return nil, err
	}
	s.observe()
	return s, nil
}

// newIncarnation names this start of the process.
func newIncarnation() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Run serves relays until ctx ends, then finishes those under way.
func (s *Relayer) Run(ctx context.Context) error {
	defer s.bus.Close()
	defer func() { s.now().retire(&setup{}) }()
	ln, err := net.Listen("tcp", s.now().cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", s.now().cfg.Listen, err)
	}
	defer func() { s.meter.close(s.now().cfg.LogTimeout) }()
	s.log.start()
	defer func() { s.log.close(s.now().cfg.LogTimeout) }()  // after the last reply
	defer func() { s.reportLast(s.now().cfg.LogTimeout) }() // after the last reply
	defer s.late.under.Wait()
	defer s.under.Lock() // none is under way then, and none is taken any more
	defer s.sockets.close()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.onBlockCommitted(ctx) })
	group.Go(func() error { s.now().guard.overload.Run(ctx); return nil }) // that of all setups
	group.Go(func() error { s.keys.Watch(ctx); return nil })
	group.Go(func() error { s.node.Watch(ctx, s.kit.Log, s.kit.Metrics); return nil })
	group.Go(func() error { s.bus.Observe(ctx, s.kit.Metrics); return nil })
	group.Go(func() error { s.meter.Run(ctx); return nil })
	group.Go(func() error { return s.reportRefusals(ctx) })
	group.Go(func() error {
		srv := s.server()
		srv.RegisterOnShutdown(s.sockets.drain)
		return run.ServeAndDrain(ctx, s.bound(ln), srv, func() time.Duration { return s.now().cfg.DrainTimeout }, s.kit.Log)
	})
	return group.Wait()
}

// protocols are HTTP/1.1, and HTTP/2 with TLS, and without for gateways that begin with it.
func protocols() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetHTTP2(true)
	p.SetUnencryptedHTTP2(true)
	return p
}
