package submitter

import (
	"context"
	"errors"
	"slices"
	"sync"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/chain"
)

// offers are the unordered transactions that this submitter has handed to nodes, by hash. The same bytes land once at
// most, whoever hands them on and how often: until the chain has what is in them, they are handed on at every block, to
// one node after another, and that costs no fee. A start of the process knows none, and makes new ones.
type offers struct {
	mu     sync.Mutex
	byHash map[string]*offer
}

type offer struct {
	raw   []byte
	last  int64    // height behind which nothing takes it
	again int64    // height at which it was last handed on
	tried []string // nodes, as often as they had it
	over  bool     // a node has refused it: it will not land any more
}

// offerKept is how many blocks a transaction is kept behind the last that takes it: as evidence, until the claim has ended.
const offerKept = 2 * unseenAfter

func newOffers() *offers { return &offers{byHash: map[string]*offer{}} }

// keep notes a transaction that a node may have.
func (f *offers) keep(t transaction, height, last int64) {
	if t.ordered || len(t.answers) == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.byHash[t.hash] = &offer{raw: t.raw, last: last, again: height, tried: nodesOf(t.answers)}
}

// has tells whether a transaction can be handed on.
func (f *offers) has(hash string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.byHash[hash]
	return o != nil && !o.over
}

// turn is the transaction to hand on at a height, and the nodes that had it; nil when it was at this height.
func (f *offers) turn(hash string, height int64) (raw []byte, tried []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.byHash[hash]
	if o == nil || o.over || o.again >= height {
		return nil, nil
	}
	o.again = height
	return o.raw, slices.Clone(o.tried)
}

// answered notes what became of a turn, and whether it was the last.
func (f *offers) answered(hash string, answers []chain.Answer, over bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if o := f.byHash[hash]; o != nil {
		o.tried, o.over = append(o.tried, nodesOf(answers)...), over
	}
}

// keptRaw bounds a transaction that goes into an ending, in bytes: a message of the bus holds some of these.
const keptRaw = 64 << 10

// evidence adds the bytes of its transactions to an obligation whose claim was lost: no block may have them.
func (f *offers) evidence(o *claimv1.Obligation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range o.Attempts {
		if sent := f.byHash[a.Tx]; sent != nil && len(sent.raw) <= keptRaw {
			a.Raw = sent.raw
		}
	}
}

// prune forgets what no block can take any more, when its obligation has ended, too.
func (f *offers) prune(height int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for hash, o := range f.byHash {
		if o.last+offerKept <= height {
			delete(f.byHash, hash)
		}
	}
}

func nodesOf(answers []chain.Answer) (names []string) {
	for _, a := range answers {
		names = append(names, a.Node)
	}
	return names
}

// handOn hands the obligation's last transaction to a node again, unless it had its turn at this height for a sibling.
func (s *Submitter) handOn(ctx context.Context, h head, o *claimv1.Obligation, hash string) {
	raw, had := s.offers.turn(hash, h.height)
	if raw == nil {
		return
	}
	open, end := window(o)
	answers := s.node.Send(ctx, raw, chain.Spread{Tried: had, All: late(h.height, open, end)})
	s.metrics.broadcasts.WithLabelValues("again").Inc()
	err := verdict(answers)
	over := errors.As(err, new(refused))
	s.offers.answered(hash, answers, over)
	if over {
		s.kit.Log.Warn("transaction refused when handed on", "supplier", o.Terms.Supplier, "session", o.Terms.SessionId, "height", h.height, "tx", hash, "err", err)
	}
}
