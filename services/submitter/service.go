package submitter

import (
	"context"
	"fmt"
	"math/big"
	"sync"
	"sync/atomic"

	"cosmossdk.io/math"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/nats-io/nats.go/jetstream"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
	"golang.org/x/sync/errgroup"

	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/replicas"
	"github.com/lodeworks/lode/services/signing"
	"github.com/lodeworks/lode/services/submitter/economics"
	"github.com/lodeworks/lode/services/submitter/treasury"
)

// Submitter is the service.
type Submitter struct {
	cfg      Config
	kit      run.Kit
	bus      *bus.Bus
	node     *chain.Client
	facts    *facts.Facts
	txs      txtypes.ServiceClient
	keys     *signing.Set // of supplier operators
	purse    purse
	granted  atomic.Pointer[map[string]bool] // operators whose fees the treasury's account pays; nil: none
	gasPrice math.LegacyDec
	margin   *big.Rat       // claim_margin
	fees     economics.Fees // of the last transactions
	self     string         // this start of the process, among all submitters
	others   *replicas.Group
	owner    func(supplier string, alive map[string]keyring) string // owner, but for tests
	book     *book
	endings  endings
	metrics  *metrics
	head     atomic.Pointer[head] // nil until a block is known
	loaded   atomic.Bool          // the book is read
	wake     chan struct{}        // holds one token: head or book has moved
	ready    chan struct{}        // closed when block, book and submitters are known
	once     sync.Once
	timeouts *timeouts
	ordered  ordering
	offers   *offers
	pace     pace
	seeds    memo[[]byte]                  // by height of the seed block
	proofs   memo[*prooftypes.Params]      // by height of the head
	tokens   memo[*tokenomicstypes.Params] // by height of the head
	// stepping is held by whoever changes obligations: the loop and the handler of events. The handler of facts only
	// adds new ones, so several may share it.
	stepping sync.RWMutex
}

// New connects to the bus and reads the keys.
func New(ctx context.Context, cfg Config, kit run.Kit) (*Submitter, error) {
	suppliers, err := signing.OpenFor(ctx, cfg.sources(), signing.PurposeTx, kit.Log)
	if err != nil {
		return nil, fmt.Errorf("open supplier keys: %w", err)
	}
	price, err := math.LegacyNewDecFromStr(cfg.GasPrice)
	if err != nil {
		return nil, fmt.Errorf("gas_price: %w", err)
	}
	margin, err := claim.Ratio(cfg.ClaimMargin)
	if err != nil {
		return nil, fmt.Errorf("claim_margin: %w", err)
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
	kit.Health.Parts("chain_node", node.Faults)
	payer, err := openTreasury(ctx, cfg.Treasury, kit.Log)
	if err != nil {
		return nil, err
	}
	s := &Submitter{
		cfg: cfg, kit: kit, bus: b, node: node, facts: facts.New(node), txs: txtypes.NewServiceClient(node),
		keys: suppliers, gasPrice: price, margin: margin, metrics: newMetrics(kit.Metrics).showLosses(), wake: make(chan struct{}, 1),
		ready: make(chan struct{}), timeouts: newTimeouts(), offers: newOffers(), self: replicas.Name(), owner: owner,
		purse: purse{chain: treasury.NewChain(node), keys: payer},
	}
	return s, s.bind(ctx)
}

// bind opens the buckets.
func (s *Submitter) bind(ctx context.Context) error {
	open := map[string]jetstream.KeyValue{}
	for _, name := range []string{bus.BucketObligations, bus.BucketEndings, bus.BucketSubmitters, bus.BucketTreasury} {
		bucket, err := s.bus.JS.KeyValue(ctx, name)
		if err != nil {
			return fmt.Errorf("bind bucket %s: %w (has `lode topology apply` run?)", name, err)
		}
		open[name] = bucket
	}
	s.book = newBook(open[bus.BucketObligations])
	s.endings = endings{open[bus.BucketEndings]}
	s.purse.ledger = treasury.Ledger{Bucket: open[bus.BucketTreasury], Account: s.cfg.Treasury.Account}
	s.others = replicas.New(open[bus.BucketSubmitters], s.self, s.cfg.LeaseTTL, s.wakeUp)
	return nil
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
	group.Go(func() error { return s.book.follow(ctx, func() { s.loaded.Store(true); s.wakeUp() }) })
	group.Go(func() error { return s.others.Follow(ctx) })
	group.Go(func() error { return s.join(ctx) })
	group.Go(func() error { s.keys.Watch(ctx); return nil })
	group.Go(func() error { s.node.Watch(ctx, s.kit.Log, s.kit.Metrics); return nil })
	group.Go(func() error { s.bus.Observe(ctx, s.kit.Metrics); return nil })
	if s.purse.keys != nil {
		group.Go(func() error { s.purse.keys.Watch(ctx); return nil })
	}
	group.Go(func() error { return s.watchTreasury(ctx) })
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

// factLeases is how many leases a submitter may take over a message before another one gets it, too: it may stand
// still. Handling one twice does no harm.
const factLeases = 2

// consume hears a durable from when this submitter knows what it must to judge a message.
func (s *Submitter) consume(ctx context.Context, d bus.Durable, width int, handle func(context.Context, bus.Msg) error) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ready:
	}
	d.AckWait = factLeases * s.cfg.LeaseTTL
	return s.bus.ConsumeParallel(ctx, d, width, handle)
}
