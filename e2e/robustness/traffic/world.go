package traffic

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lodeworks/lode/e2e/robustness/history"
	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// errTwice is returned when the log does not treat a message that was sent twice as one.
var errTwice = errors.New("the log does not know its message ids")

const (
	partitions = 64
	relayers   = 4
)

// patience is how long the bus may take: it is up all the time, on a machine that is busy.
const patience = time.Minute

// World is everything around the hashers.
type World struct {
	History *history.History

	bus   *bus.Bus
	seed  uint64
	pause time.Duration // between two groups of a relayer, in the mean
	block time.Duration // between two blocks, in the mean

	mu     sync.RWMutex // held by a relayer for the time of a group: then the height stands still
	height int64
}

// New is a world at its first block.
func New(b *bus.Bus, seed uint64, block time.Duration) *World {
	return &World{History: history.New(), bus: b, seed: seed, pause: 10 * time.Millisecond, block: block}
}

// Run says the first block, then lets relays and blocks come until ctx ends. What was begun is finished.
func (w *World) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for n := range relayers {
		r := &relayer{
			world: w, random: rand.New(rand.NewPCG(w.seed, uint64(n))), name: fmt.Sprint("relayer", n, "/"),
			numbers: map[string]uint64{}, said: map[string][][]byte{},
		}
		group.Go(func() error { return r.run(ctx) })
	}
	group.Go(func() error { return w.chain(ctx) })
	return group.Wait()
}

// chain lets blocks come late, twice, and several at once.
func (w *World) chain(ctx context.Context) error {
	random := rand.New(rand.NewPCG(w.seed, 1<<32))
	for {
		blocks := 1
		if random.IntN(8) == 0 {
			blocks = 2 + random.IntN(2)
		}
		wait := w.block/2 + time.Duration(random.IntN(int(w.block)))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait * time.Duration(blocks)):
		}
		if err := w.Advance(context.WithoutCancel(ctx), blocks, random.IntN(5) == 0); err != nil {
			return err
		}
	}
}

// Advance says the next blocks, the last one twice if so, and the claims that have ended by then. No relay is under way
// meanwhile, so all that was answered before a block is in the log before it.
func (w *World) Advance(ctx context.Context, blocks int, twice bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	w.mu.Lock()
	defer w.mu.Unlock()
	for n := range blocks {
		w.height++
		times := 1
		if twice && n == blocks-1 {
			times = 2
		}
		for range times {
			if _, _, err := w.bus.Publish(ctx, bus.Message{Subject: bus.BlockCommittedSubject, Body: &chainv1.Block{Height: w.height}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Height is the newest block's.
func (w *World) Height() int64 {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.height
}

// End says that the claims of all sessions that were sealed long enough ago have ended.
func (w *World) End(ctx context.Context, sealed func(key string) bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	height := w.Height()
	for _, s := range w.History.Sessions() {
		if s.Ended || height < s.Terms.EndHeight+endedBlocks || !sealed(history.Key(s.Terms)) {
			continue
		}
		w.History.End(s.Terms)
		_, _, err := w.bus.Publish(ctx, bus.Message{
			Subject: bus.ClaimEndedSubject(s.Terms.Supplier, s.Terms.SessionId), ID: "ended/" + history.Key(s.Terms),
			Body: &claimv1.Changed{Obligation: &claimv1.Obligation{
				Terms: s.Terms, Phase: claimv1.Phase_PHASE_ENDED, Outcome: claimv1.Outcome_OUTCOME_SETTLED,
			}, Height: height},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
