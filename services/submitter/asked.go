package submitter

import (
	"context"
	"sync"

	prooftypes "github.com/pokt-network/poktroll/x/proof/types"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/facts"
)

// memo remembers the last answer to a question that all obligations of a block ask: whoever asks meanwhile waits for it.
type memo[V any] struct {
	mu     sync.Mutex
	height int64
	answer V
	known  bool
}

// at returns what ask has answered for the height.
func (m *memo[V]) at(height int64, ask func() (V, error)) (V, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known && m.height == height {
		return m.answer, nil
	}
	answer, err := ask()
	if err == nil {
		m.height, m.answer, m.known = height, answer, true
	}
	return answer, err
}

// seed is the hash of the block that decides about an obligation's proof.
func (s *Submitter) seed(ctx context.Context, o *claimv1.Obligation) ([]byte, error) {
	return s.seeds.at(o.ProofOpenHeight-1, func() ([]byte, error) {
		block, err := s.node.Block(ctx, o.ProofOpenHeight-1)
		if err != nil {
			return nil, err
		}
		return block.BlockID.Hash, nil
	})
}

// claims answers what the chain's state holds of the claims that one round asks about.
type claims struct {
	facts *facts.Facts
	byEnd map[int64]func() (map[string]*prooftypes.Claim, error) // by end of the session: all that are ours, by key
}

// together is from how many claims with one session end on all of them are asked for at once. The answer holds those
// of everybody, so that few are asked for one by one.
const together = 50

// claimsFor prepares a round: each session end is asked about at most once, when the first obligation needs it.
func (s *Submitter) claimsFor(ctx context.Context, all map[string][]*claimv1.Obligation, height int64) *claims {
	needed := map[int64]int{}
	for _, list := range all {
		for _, o := range list {
			if needsClaim(plan(o, height)) {
				needed[o.Terms.EndHeight]++
			}
		}
	}
	c := &claims{s.facts, map[int64]func() (map[string]*prooftypes.Claim, error){}}
	for end, n := range needed {
		if n >= together {
			c.byEnd[end] = sync.OnceValues(func() (map[string]*prooftypes.Claim, error) { return s.ours(ctx, end) })
		}
	}
	return c
}

// ours is those claims of sessions with an end that belong to obligations in the book.
func (s *Submitter) ours(ctx context.Context, end int64) (map[string]*prooftypes.Claim, error) {
	found := map[string]*prooftypes.Claim{}
	err := s.facts.EachClaim(ctx, end, func(c *prooftypes.Claim) {
		if name := keyIn(c.SupplierOperatorAddress, c.SessionHeader.SessionId); s.book.get(name) != nil {
			found[name] = c
		}
	})
	return found, err
}

// of returns the claim of an obligation, nil when there is none.
func (c *claims) of(ctx context.Context, o *claimv1.Obligation) (*prooftypes.Claim, error) {
	ask, several := c.byEnd[o.Terms.EndHeight]
	if !several {
		return c.facts.Claim(ctx, o.Terms.Supplier, o.Terms.SessionId)
	}
	all, err := ask()
	return all[keyOf(o.Terms)], err
}
