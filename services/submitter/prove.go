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
	"github.com/lodeworks/lode/services/pocket/smst"
	"github.com/lodeworks/lode/services/submitter/economics"
)

// decide asks, once the seed block is committed, whether the chain wants a proof, and has it built one block before
// its window opens. A proof that is not wanted must not be sent: it would fail its whole transaction.
func (s *Submitter) decide(ctx context.Context, h head, have *claims, o *claimv1.Obligation) error {
	stored, err := have.of(ctx, o)
	if err != nil {
		return err
	}
	if stored == nil {
		return fmt.Errorf("the chain has no claim although it had one")
	}
	requirement, err := s.requirement(ctx, h, o)
	if err != nil {
		return err
	}
	if requirement == prooftypes.ProofRequirementReason_NOT_REQUIRED {
		return s.waive(ctx, h, o)
	}
	return s.due(ctx, h, o, requirement)
}

// waive stores that the chain wants no proof.
func (s *Submitter) waive(ctx context.Context, h head, o *claimv1.Obligation) error {
	expected := s.expect(ctx, h.height, o)
	return s.change(ctx, o, func(o *claimv1.Obligation) {
		o.Phase, o.ProofRequirement, o.ExpectedUpokt = claimv1.Phase_PHASE_PROOF_WAIVED, prooftypes.ProofRequirementReason_NOT_REQUIRED.String(), expected
	})
}

// due has the proof built and stores it.
func (s *Submitter) due(ctx context.Context, h head, o *claimv1.Obligation, requirement claim.Reason) error {
	expected := s.expect(ctx, h.height, o)
	seed, err := s.seed(ctx, o)
	if err != nil {
		return err
	}
	proof, err := s.askForProof(ctx, o, seed)
	if err != nil {
		return err
	}
	return s.change(ctx, o, func(o *claimv1.Obligation) {
		o.Phase, o.ProofRequirement, o.Proof, o.ExpectedUpokt = claimv1.Phase_PHASE_PROOF_DUE, requirement.String(), proof, expected
	})
}

// review looks again at a decision against a proof: the chain judges by the parameters that it has then.
func (s *Submitter) review(ctx context.Context, h head, o *claimv1.Obligation) error {
	requirement, err := s.requirement(ctx, h, o)
	if err != nil || requirement == prooftypes.ProofRequirementReason_NOT_REQUIRED {
		return err
	}
	return s.due(ctx, h, o, requirement)
}

// requirement is the chain's decision about the claim that it has, which is the one that was sealed, by the newest
// parameters.
func (s *Submitter) requirement(ctx context.Context, h head, o *claimv1.Obligation) (claim.Reason, error) {
	root, err := smst.ParseDigest(o.Root)
	if err != nil {
		return 0, err
	}
	seed, err := s.seed(ctx, o)
	if err != nil {
		return 0, err
	}
	params, err := s.proofs.at(h.height, func() (*prooftypes.Params, error) { return s.facts.ProofParams(ctx) })
	if err != nil {
		return 0, err
	}
	amounts, err := s.amounts(ctx, o)
	if err != nil {
		return 0, err
	}
	stored := claim.Stored(claim.NewCreateClaim(o.Terms.Supplier, headerOf(o.Terms), root))
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

// prove looks whether the chain has judged the supplier's proofs, and broadcasts those it does not have and still
// wants.
func (s *Submitter) prove(ctx context.Context, h head, supplier string, have *claims, due []*claimv1.Obligation) {
	var send []*claimv1.Obligation
	s.each(ctx, due, func(o *claimv1.Obligation) error {
		judged, err := s.judged(ctx, have, o)
		if err != nil || judged {
			return err
		}
		requirement, err := s.requirement(ctx, h, o)
		if err == nil && requirement == prooftypes.ProofRequirementReason_NOT_REQUIRED {
			return s.waive(ctx, h, o)
		}
		// When the parameters are not known, a proof that was wanted is.
		if mayBroadcast(o.ProofAttempts, o.LastBroadcastHeight, h.height, o.ProofOpenHeight, o.ProofCloseHeight, s.offers.has(o.ProofTx)) {
			send = append(send, o)
		} else {
			s.handOn(ctx, h, o, o.ProofTx)
		}
		return err
	})
	s.broadcast(ctx, round{h, supplier, economics.Proof, proofMessage, func(o *claimv1.Obligation, hash string) {
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
	stored, err := have.of(ctx, o)
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
