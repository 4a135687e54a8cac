package submitter

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/cosmos/gogoproto/proto"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/submitter/economics"
)

// decide asks, once the seed block is committed, whether the chain wants a proof, and has it built one block before
// its window opens. A proof that is not wanted must not be sent: it would fail its whole transaction.
func (s *Submitter) decide(ctx context.Context, h head, have *claims, o *claimv1.Obligation) error {
	stored, err := s.stored(ctx, have, o)
	if err != nil {
		return err
	}
	if stored == nil {
		return fmt.Errorf("the chain has no claim although it had one")
	}
	seed, err := s.seed(ctx, o)
	if err != nil {
		return err
	}
	requirement, err := s.requirement(ctx, h, o, stored, seed)
	if err != nil {
		return err
	}
	expected := s.expect(ctx, h.height, o)
	if requirement == prooftypes.ProofRequirementReason_NOT_REQUIRED {
		return s.change(ctx, o, func(o *claimv1.Obligation) {
			o.Phase, o.ProofRequirement, o.ExpectedUpokt = claimv1.Phase_PHASE_PROOF_WAIVED, requirement.String(), expected
		})
	}
	proof, err := s.askForProof(ctx, o, seed)
	if err != nil {
		return err
	}
	return s.change(ctx, o, func(o *claimv1.Obligation) {
		o.Phase, o.ProofRequirement, o.Proof, o.ExpectedUpokt = claimv1.Phase_PHASE_PROOF_DUE, requirement.String(), proof, expected
	})
}

func (s *Submitter) requirement(ctx context.Context, h head, o *claimv1.Obligation, stored *prooftypes.Claim, seed []byte) (claim.Reason, error) {
	params, err := s.proofs.at(h.height, func() (*prooftypes.Params, error) { return s.facts.ProofParams(ctx) })
	if err != nil {
		return 0, err
	}
	amounts, err := s.amounts(ctx, o)
	if err != nil {
		return 0, err
	}
	return claim.Requirement(stored, amounts.Upokt, params, seed)
}

// askForProof has a hasher open the sealed root where the seed block says.
func (s *Submitter) askForProof(ctx context.Context, o *claimv1.Obligation, seed []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	path := claim.ProofPath(seed, o.Terms.SessionId)
	reply := new(sessionv1.ProveReply)
	request := &sessionv1.ProveRequest{Supplier: o.Terms.Supplier, SessionId: o.Terms.SessionId, Path: path[:], Root: o.Root}
	if err := s.bus.Ask(ctx, bus.SessionProveSubject, request, reply); err != nil {
		return nil, err
	}
	if reply.Error != "" {
		return nil, fmt.Errorf("hasher: %s", reply.Error)
	}
	return reply.Proof, nil
}

// prove looks whether the chain has judged the supplier's proofs, and broadcasts those it does not have.
func (s *Submitter) prove(ctx context.Context, h head, have *claims, due []*claimv1.Obligation) {
	var send []*claimv1.Obligation
	s.each(ctx, due, func(o *claimv1.Obligation) error {
		judged, err := s.judged(ctx, have, o)
		if err == nil && !judged && mayBroadcast(o.ProofAttempts, o.LastBroadcastHeight, h.height, o.ProofOpenHeight, o.ProofCloseHeight) {
			send = append(send, o)
		}
		return err
	})
	s.broadcast(ctx, round{h, have.supplier, economics.Proof, proofMessage, func(o *claimv1.Obligation, hash string) {
		o.ProofAttempts++
		o.ProofTx = cmp.Or(hash, o.ProofTx)
	}}, send)
}

func proofMessage(o *claimv1.Obligation) (proto.Message, int64, error) {
	return claim.NewSubmitProof(o.Terms.Supplier, headerOf(o.Terms), o.Proof), o.ProofCloseHeight, nil
}

// judged moves the obligation on when the chain has validated its proof. An invalid one is a fault of ours that
// must be seen; it stays due, and the chain's expiry ends it. As for claims, the chain is asked before the first
// broadcast, too.
func (s *Submitter) judged(ctx context.Context, have *claims, o *claimv1.Obligation) (bool, error) {
	stored, err := s.stored(ctx, have, o)
	if err != nil || stored == nil {
		return false, err
	}
	switch stored.ProofValidationStatus {
	case prooftypes.ClaimProofStatus_VALIDATED:
		return true, s.change(ctx, o, func(o *claimv1.Obligation) { o.Phase = claimv1.Phase_PHASE_PROVEN })
	case prooftypes.ClaimProofStatus_INVALID:
		s.kit.Log.Error("the chain found the proof invalid", "supplier", o.Terms.Supplier, "session", o.Terms.SessionId)
		return true, nil
	default:
		return false, nil
	}
}
