package submitter

import (
	"bytes"
	"context"
	"fmt"

	"cosmossdk.io/math"
	"github.com/cosmos/gogoproto/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// claim looks whether the chain has the supplier's claims, and broadcasts those it does not have.
func (s *Submitter) claim(ctx context.Context, h head, supplier string, due []*claimv1.Obligation) {
	var send []*claimv1.Obligation
	s.each(ctx, due, func(o *claimv1.Obligation) error {
		worth, ok := math.NewIntFromString(o.ClaimedUpokt)
		if ok && worth.LT(math.NewIntFromUint64(s.cfg.MinClaimUpokt)) {
			return s.end(ctx, o, ending{outcome: claimv1.Outcome_OUTCOME_UNPROFITABLE, reason: fmt.Sprintf("worth %s upokt, min_claim_upokt is %d", worth, s.cfg.MinClaimUpokt)})
		}
		there, err := s.claimed(ctx, o)
		if err == nil && !there && mayBroadcast(o.ClaimAttempts, o.LastBroadcastHeight, h.height, o.Terms.ClaimOpenHeight, o.ClaimCloseHeight) {
			send = append(send, o)
		}
		return err
	})
	s.broadcast(ctx, h, supplier, send, claimMessage, func(o *claimv1.Obligation, r result) {
		o.ClaimAttempts++
		o.ClaimTx = r.hash
	})
}

func claimMessage(o *claimv1.Obligation) (proto.Message, int64, error) {
	root, err := smst.ParseDigest(o.Root)
	if err != nil {
		return nil, 0, err
	}
	return claim.NewCreateClaim(o.Terms.Supplier, headerOf(o.Terms), root), o.ClaimCloseHeight, nil
}

// claimed moves the obligation on when the chain's state holds its claim.
func (s *Submitter) claimed(ctx context.Context, o *claimv1.Obligation) (bool, error) {
	if o.ClaimAttempts == 0 {
		return false, nil
	}
	have, err := s.facts.Claim(ctx, o.Terms.Supplier, o.Terms.SessionId)
	if err != nil || have == nil || !bytes.Equal(have.RootHash, o.Root) {
		return false, err
	}
	return true, s.change(ctx, o, func(o *claimv1.Obligation) { o.Phase = claimv1.Phase_PHASE_CLAIMED })
}

// missed is the claim window's last look: the claim is there after all, or it is a loss.
func (s *Submitter) missed(ctx context.Context, o *claimv1.Obligation) error {
	there, err := s.claimed(ctx, o)
	if err != nil || there {
		return err
	}
	return s.end(ctx, o, ending{
		outcome: claimv1.Outcome_OUTCOME_CLAIM_MISSED,
		reason:  fmt.Sprintf("the claim window closed at height %d after %d broadcasts; last error: %s", o.ClaimCloseHeight, o.ClaimAttempts, o.Reason),
	})
}
