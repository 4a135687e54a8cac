package submitter

import claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"

// step is what an obligation needs at a height.
type step int

const (
	stepWait   step = iota
	stepFinish      // the ending is stored, but not said and forgotten yet
	stepEmpty       // no leaf: nothing to claim
	stepClaim       // the claim may be broadcast, if the chain does not have it
	stepMissed      // the claim window closed: claimed after all, ended, or lost
	stepDecide      // the seed block is known: does the chain want a proof?
	stepProve       // the proof may be broadcast, if the chain does not have it
	stepReview      // no proof was wanted: still so, should the chain's parameters have changed?
	stepUnseen      // settlement is long over and no event named the claim
)

// needsClaim tells whether a step looks at the claim in the chain's state.
func needsClaim(at step) bool {
	return at == stepClaim || at == stepMissed || at == stepDecide || at == stepProve
}

// unseenAfter is how many blocks after settlement an ending is waited for.
const unseenAfter = 50

// plan is the whole schedule: a pure function of the obligation and the last committed height.
//
// A transaction sent when height is committed lands in height+1 at the earliest, so the last useful height is one
// before the window's close; at the close itself the state is final. Whatever the phase, an obligation comes to a
// step that can end it.
func plan(o *claimv1.Obligation, height int64) step {
	switch o.Phase {
	case claimv1.Phase_PHASE_ENDED:
		return stepFinish
	case claimv1.Phase_PHASE_SEALED:
		switch {
		case o.Mined == 0:
			return stepEmpty
		case height < o.Terms.ClaimOpenHeight:
			return stepWait
		case height < o.ClaimCloseHeight:
			return stepClaim
		default:
			return stepMissed
		}
	case claimv1.Phase_PHASE_CLAIMED:
		if height >= o.ProofOpenHeight-1 && height < o.ProofCloseHeight {
			return stepDecide
		}
	case claimv1.Phase_PHASE_PROOF_DUE:
		if height >= o.ProofOpenHeight && height < o.ProofCloseHeight {
			return stepProve
		}
	case claimv1.Phase_PHASE_PROOF_WAIVED:
		if height >= o.ProofOpenHeight && height < o.ProofCloseHeight {
			return stepReview
		}
	}
	if height > o.ProofCloseHeight+unseenAfter {
		return stepUnseen
	}
	return stepWait
}

// mayBroadcast tells whether a new transaction is made: at first, and when the last one has had its time. That is a half
// of the window when its bytes are kept, for they are handed on meanwhile, else a quarter; never two in a row of blocks.
func mayBroadcast(attempts uint32, last, height, open, close int64, kept bool) bool {
	part := int64(4)
	if kept {
		part = 2
	}
	return attempts == 0 || height >= last+max(2, (close-open)/part)
}
