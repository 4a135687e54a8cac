package submitter

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"cosmossdk.io/math"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"golang.org/x/sync/errgroup"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/pocket/keys"
)

// Submitter is the service.
type Submitter struct {
	cfg      Config
	kit      run.Kit
	bus      *bus.Bus
	node     *chain.Client
	facts    *facts.Facts
	txs      txtypes.ServiceClient
	keys     map[string]keys.Private // by supplier operator address
	gasPrice math.LegacyDec
	book     *book
	metrics  *metrics
	head     atomic.Pointer[head] // nil until a block is known
	wake     chan struct{}        // holds one token: head or book has moved
	known    chan struct{}        // closed when the first block is known
	knowing  sync.Once
	timeouts *timeouts
	// stepping is held by whoever changes obligations: the loop and the handler of events. The handler of facts only
	// adds new ones, so several may share it.
	stepping sync.RWMutex
}

// New connects to the bus, reads the keys and the stored obligations.
func New(ctx context.Context, cfg Config, kit run.Kit) (*Submitter, error) {
	private, err := keys.LoadFile(cfg.KeysFile)
	if err != nil {
		return nil, fmt.Errorf("load supplier keys: %w", err)
	}
	price, err := math.LegacyNewDecFromStr(cfg.GasPrice)
	if err != nil {
		return nil, fmt.Errorf("gas_price: %w", err)
	}
	node, err := chain.Dial(cfg.Chain)
	if err != nil {
		return nil, err
	}
	b, err := bus.Connect(ctx, cfg.Bus, "submitter", kit.Log)
	if err != nil {
		return nil, err
	}
	if err := b.Bind(ctx, bus.StreamSessions, bus.StreamClaims, bus.StreamChain); err != nil {
		return nil, err
	}
	bucket, err := b.JS.KeyValue(ctx, bus.BucketObligations)
	if err != nil {
		return nil, fmt.Errorf("bind bucket %s: %w", bus.BucketObligations, err)
	}
	s := &Submitter{
		cfg: cfg, kit: kit, bus: b, node: node, facts: facts.New(node), txs: txtypes.NewServiceClient(node),
		keys: map[string]keys.Private{}, gasPrice: price, metrics: newMetrics(kit.Metrics), wake: make(chan struct{}, 1),
		known: make(chan struct{}), timeouts: newTimeouts(),
		book: &book{bucket: bucket, open: map[string]*claimv1.Obligation{}, unmatched: map[naturalKey]ending{}},
	}
	for _, key := range private {
		s.keys[key.Address()] = key
	}
	return s, s.book.load(ctx)
}

// height is the newest height known, 0 before the first.
func (s *Submitter) height() int64 {
	if h := s.head.Load(); h != nil {
		return h.height
	}
	return 0
}

// Run serves the obligations until ctx ends.
func (s *Submitter) Run(ctx context.Context) error {
	defer s.bus.Close()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.onBlockCommitted(ctx) })
	group.Go(func() error { return s.loop(ctx) })
	group.Go(func() error {
		return s.consume(ctx, bus.Durable{Stream: bus.StreamSessions, Name: "submitter-session-sealed", Filters: []string{bus.SessionSealedFilter}}, factsAtOnce, s.onSessionSealed)
	})
	group.Go(func() error {
		return s.consume(ctx, bus.Durable{Stream: bus.StreamChain, Name: eventsDurable, Filters: []string{bus.ChainEventsSubject("tokenomics")}}, 1, s.onChainEvents)
	})
	return group.Wait()
}

// factsAtOnce is how many sealed sessions become obligations side by side: they all come in the same block.
const factsAtOnce = 32

// consume hears a durable from when the first block is known.
func (s *Submitter) consume(ctx context.Context, d bus.Durable, width int, handle func(context.Context, bus.Msg) error) error {
	if err := s.awaitHead(ctx); err != nil {
		return err
	}
	return s.bus.ConsumeParallel(ctx, d, width, handle)
}
