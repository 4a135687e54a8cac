package hasher

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/replicas"
)

// Hasher is the service. Its parts are set once, in New.
type Hasher struct {
	cfg     Config
	kit     run.Kit
	bus     *bus.Bus
	self    string // this start of the process, among all hashers
	others  *replicas.Group
	metrics *metrics
	workers *workers
	reader  *reader
	height  atomic.Int64 // newest block known
	passed  passed
	plan    func(self string, alive []string, holders []holder, mine map[uint32]bool) (take, give []uint32) // share, but for tests

	messages, relays atomic.Int64 // folded by this process, and the relays in them

	beats  atomic.Uint64 // of this hasher
	uneven chan struct{} // holds one token: partitions may have to move

	shareMu sync.Mutex
	holders []holder // by partition
	caught  bool     // holders are known
}

// garbagePercent is by how much memory may grow over what is in use before it is collected, unless GOGC says otherwise.
// Almost all that is in use are leaves, which hold no pointers: collecting costs little, and half of Go's 100 % would
// be leaves again.
const garbagePercent = 25

// New connects to the bus.
func New(ctx context.Context, cfg Config, kit run.Kit) (*Hasher, error) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	b, err := bus.Connect(ctx, cfg.Bus, "hasher", kit.Log)
	if err != nil {
		return nil, err
	}
	if err := b.Bind(ctx, bus.StreamRelays, bus.StreamFolds, bus.StreamEvidence, bus.StreamSessions, bus.StreamClaims, bus.StreamChain); err != nil {
		return nil, err
	}
	members, err := b.JS.KeyValue(ctx, bus.BucketHashers)
	if err != nil {
		return nil, fmt.Errorf("bind bucket %s: %w (has `lode topology apply` run?)", bus.BucketHashers, err)
	}
	h := &Hasher{
		cfg: cfg, kit: kit, bus: b, self: replicas.Name(), uneven: make(chan struct{}, 1),
		holders: make([]holder, cfg.Partitions), workers: newWorkers(), plan: share,
	}
	h.others = replicas.New(members, h.self, cfg.LeaseTTL, func() { wake(h.uneven) })
	h.reader = newReader(h)
	h.metrics = newMetrics(kit.Metrics, h)
	return h, nil
}

// Run owns a share of the partitions until ctx ends, then hands them over.
func (h *Hasher) Run(ctx context.Context) error {
	defer h.bus.Close()
	if err := h.checkPartitions(ctx); err != nil {
		return err
	}
	ended, err := h.bus.LastSequence(ctx, bus.StreamClaims)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { h.bus.Observe(ctx, h.kit.Metrics); return nil })
	group.Go(func() error { return h.others.Follow(ctx) })
	group.Go(func() error { return h.followHolders(ctx) })
	group.Go(func() error { return h.onClaimEnded(ctx, ended+1) })
	group.Go(func() error { return h.onBlockCommitted(ctx) })
	group.Go(func() error { return h.answerSessionProve(ctx) })
	group.Go(func() error { return h.answerFoldProve(ctx) })
	group.Go(func() error { return h.reader.run(ctx) })
	group.Go(func() error { return h.own(ctx) })
	return group.Wait()
}
