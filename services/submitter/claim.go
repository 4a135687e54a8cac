package submitter

import (
	"bytes"
	"cmp"
	"context"
	"fmt"

	"github.com/cosmos/gogoproto/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/pocket/smst"
	"github.com/lodeworks/lode/services/submitter/economics"
)

// claim looks whether the chain has the supplier's claims, and broadcasts those it does not have and that are worth it.
func (s *Submitter) claim(ctx context.Context, h head, supplier string, have *claims, due []*claimv1.Obligation) {
	var send []*claimv1.Obligation
	s.each(ctx, due, func(o *claimv1.Obligation) error {
		there, err := s.claimed(ctx, have, o)
		if err != nil || there {
			return err
		}
		if o, err = s.weigh(ctx, h, o); err != nil || o.Skip != nil {
			return err
		}
		if mayBroadcast(o.ClaimAttempts, o.LastBroadcastHeight, h.height, o.Terms.ClaimOpenHeight, o.ClaimCloseHeight, s.offers.has(o.ClaimTx)) {
			send = append(send, o)
		} else {
			s.handOn(ctx, h, o, o.ClaimTx)
		}
		return nil
	})
	s.broadcast(ctx, round{h, supplier, economics.Claim, claimMessage, func(o *claimv1.Obligation, hash string) {
		o.ClaimAttempts++
		o.ClaimTx = cmp.Or(hash, o.ClaimTx)
	}}, send)
}

func claimMessage(o *claimv1.Obligation) (proto.Message, int64, error) {
	root, err := smst.ParseDigest(o.Root)
	if err != nil {
		return nil, 0, err
	}
	return claim.NewCreateClaim(o.Terms.Supplier, headerOf(o.Terms), root), o.ClaimCloseHeight, nil
}

// claimed moves the obligation on when the chain's state holds its claim. The chain is asked before the first
// broadcast, too: this process may have stopped between one and its record.
func (s *Submitter) claimed(ctx context.Context, c *claims, o *claimv1.Obligation) (bool, error) {
	have, err := c.of(ctx, o)
	if err != nil || have == nil || !bytes.Equal(have.RootHash, o.Root) {
		return false, err
	}
	return true, s.change(ctx, o, func(o *claimv1.Obligation) { o.Phase = claimv1.Phase_PHASE_CLAIMED })
}

// missed looks for the claim behind its window: it is there after all, or it is a loss. That is only said behind
// settlement, when all events are read: the node that was asked may be behind, or so far ahead that the claim is
// settled and gone. What was skipped to the end was not made by us: nothing of it can come.
func (s *Submitter) missed(ctx context.Context, h head, have *claims, o *claimv1.Obligation) error {
	there, err := s.claimed(ctx, have, o)
	if err != nil || there {
		return err
	}
	if o.Skip != nil {
		return s.end(ctx, o, ending{outcome: claimv1.Outcome_OUTCOME_UNPROFITABLE, reason: o.Reason})
	}
	if h.height < o.ProofCloseHeight {
		return nil
	}
	if read, err := s.eventsRead(ctx); err != nil || !read {
		return err
	}
	return s.end(ctx, o, ending{
		outcome: claimv1.Outcome_OUTCOME_CLAIM_MISSED,
		reason:  fmt.Sprintf("the claim window closed at height %d after %d broadcasts; last error: %s", o.ClaimCloseHeight, o.ClaimAttempts, o.Reason),
	})
}
