package relayer

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/pocket/ring"
	"github.com/lodeworks/lode/services/relayer/simulated"
	"github.com/lodeworks/lode/services/relayer/upstream"
	"github.com/lodeworks/lode/services/signing"
)

// Relayer is the service. Its parts are set once, in New.
type Relayer struct {
	cfg         Config
	kit         run.Kit
	bus         *bus.Bus
	facts       *facts.Facts
	ring        *ring.Verifier
	keys        *signing.Set              // of the suppliers
	backends    map[string]*upstream.Pool // by service id
	meter       meter
	log         *relayLog
	metrics     *metrics
	height      atomic.Int64               // newest block known
	heard       atomic.Int64               // when it was heard, unix nanoseconds; 0: never
	refreshed   *lru.Cache[ringKey, int64] // height at which a ring was last read again
	guard       *guard
	noes        *noes
	late        *late
	grid        grid
	sockets     *sockets        // WebSockets that are open
	grpc        *grpc.Server    // serves through ServeHTTP only
	largestBody int64           // that any service takes, in bytes
	tls         *tls.Config     // nil: none
	simulations *simulated.Gate // nil: none are taken
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
	if err := b.Bind(ctx, bus.StreamRelays, bus.StreamChain); err != nil {
		return nil, err
	}
	if need, takes := largestBody(cfg)+groupRoom, b.NC.MaxPayload(); need > takes {
		return nil, fmt.Errorf("max_body: a relay of %d bytes needs bus messages of %d, this bus takes %d", cfg.MaxBody, need, takes)
	}
	if need, takes := cfg.Websocket.Frame+groupRoom, b.NC.MaxPayload(); need > takes {
		return nil, fmt.Errorf("websocket.frame: a relay of %d bytes needs bus messages of %d, this bus takes %d", cfg.Websocket.Frame, need, takes)
	}
	rings, err := ring.NewCache(4096, cfg.RingTables)
	if err != nil {
		return nil, err
	}
	s := &Relayer{
		cfg: cfg, kit: kit, bus: b, facts: facts.New(newAsker(node, cfg.Limits)), ring: ring.NewVerifier(rings),
		keys: suppliers, backends: map[string]*upstream.Pool{},
		metrics: newMetrics(kit.Metrics),
	}
	s.sockets = newSockets(cfg.Websocket)
	s.guard, s.noes, s.late, s.largestBody = newGuard(cfg.Limits), newNoes(), newLate(), largestBody(cfg)
	s.grpc = s.grpcServer()
	if s.tls, err = cfg.TLS.Server(kit.Log); err != nil {
		return nil, err
	}
	if s.simulations, err = simulated.NewGate(cfg.Simulated, s.ring); err != nil {
		return nil, err
	}
	for id, service := range cfg.Services {
		if s.backends[id], err = upstream.New(id, service.upstream(cfg.MaxBody), kit.Log); err != nil {
			return nil, err
		}
	}
	if s.refreshed, err = lru.New[ringKey, int64](4096); err != nil {
		return nil, err
	}
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
	ln, err := net.Listen("tcp", s.cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", s.cfg.Listen, err)
	}
	defer s.meter.close(s.cfg.LogTimeout)
	s.log.start()
	defer s.log.close(s.cfg.LogTimeout) // after the last reply
	defer s.late.under.Wait()
	defer s.sockets.close()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.onBlockCommitted(ctx) })
	group.Go(func() error { s.guard.overload.Run(ctx); return nil })
	group.Go(func() error { s.keys.Watch(ctx); return nil })
	group.Go(func() error { s.meter.Run(ctx); return nil })
	group.Go(func() error {
		srv := s.server()
		srv.RegisterOnShutdown(s.sockets.drain)
		return run.ServeAndDrain(ctx, s.bound(ln), srv, s.cfg.DrainTimeout, s.kit.Log)
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
