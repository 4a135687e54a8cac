package submitter

import (
	"context"
	"fmt"
	"sync"

	prooftypes "github.com/pokt-network/poktroll/x/proof/types"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
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

// claims answers what the chain's state holds of one supplier's claims in one step: one question for all when
// several obligations need it, else for the one alone.
type claims struct {
	supplier string
	several  bool
	all      map[string]*prooftypes.Claim // by session; nil: not asked yet
}

// stored returns the claim of an obligation, nil when there is none.
func (s *Submitter) stored(ctx context.Context, c *claims, o *claimv1.Obligation) (*prooftypes.Claim, error) {
	if !c.several {
		return s.facts.Claim(ctx, o.Terms.Supplier, o.Terms.SessionId)
	}
	if c.all == nil {
		all, err := s.facts.Claims(ctx, c.supplier)
		if err != nil {
			return nil, fmt.Errorf("look for claims: %w", err)
		}
		c.all = all
	}
	return c.all[o.Terms.SessionId], nil
}
