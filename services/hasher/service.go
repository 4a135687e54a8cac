package hasher

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/run"
)

// Hasher is the service.
type Hasher struct {
	cfg     Config
	kit     run.Kit
	bus     *bus.Bus
	state   *state
	metrics *metrics
	wake    chan struct{} // holds one token: height or fold has moved

	targetMu sync.Mutex
	targets  []target // heights that the fold has not reached yet, oldest first
}

// New connects to the bus.
func New(ctx context.Context, cfg Config, kit run.Kit) (*Hasher, error) {
	b, err := bus.Connect(ctx, cfg.Bus, "hasher", kit.Log)
	if err != nil {
		return nil, err
	}
	if err := b.Bind(ctx, bus.StreamRelays, bus.StreamSessions, bus.StreamClaims, bus.StreamChain); err != nil {
		return nil, err
	}
	return &Hasher{cfg: cfg, kit: kit, bus: b, state: newState(), metrics: newMetrics(kit.Metrics), wake: make(chan struct{}, 1)}, nil
}

// Run first learns what has ended and what is sealed, then folds the log and follows all of them until ctx ends.
func (h *Hasher) Run(ctx context.Context) error {
	defer h.bus.Close()
	ended, sealed := []string{bus.ClaimEndedFilter}, []string{bus.SessionSealedFilter}
	onClaimEnded := h.burying(ctx, bus.StreamClaims, h.onClaimEnded)
	onSessionSealed := h.burying(ctx, bus.StreamSessions, h.onSessionSealed)
	endedTo, err := h.bus.Replay(ctx, bus.StreamClaims, ended, onClaimEnded)
	if err != nil {
		return err
	}
	sealedTo, err := h.bus.Replay(ctx, bus.StreamSessions, sealed, onSessionSealed)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return h.bus.Fold(ctx, bus.StreamClaims, ended, endedTo+1, onClaimEnded) })
	group.Go(func() error { return h.bus.Fold(ctx, bus.StreamSessions, sealed, sealedTo+1, onSessionSealed) })
	group.Go(func() error { return h.onRelayServed(ctx) })
	group.Go(func() error { return h.onBlockCommitted(ctx) })
	group.Go(func() error { return h.sealLoop(ctx) })
	group.Go(func() error { return h.answerSessionProve(ctx) })
	return group.Wait()
}
