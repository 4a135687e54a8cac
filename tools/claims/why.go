package claims

import (
	"fmt"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
)

// Why tells a claim's story, a line for each step, and last where it stands or how it ended.
func Why(s Story) (lines []string) {
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	o := s.Now()
	t := o.GetTerms()
	say("session %s of %s for %s, blocks %d to %d: %d relays mined, worth %s upokt", t.GetSessionId(), t.GetSupplier(), t.GetService(), t.GetStartHeight(), t.GetEndHeight(), o.Mined, o.ClaimedUpokt)
	if o.ExpectedUpokt != "" && o.ExpectedUpokt != o.ClaimedUpokt {
		say("expected to be paid %s of %s upokt: the application's budget", o.ExpectedUpokt, o.ClaimedUpokt)
	}
	for _, c := range s.Changes {
		say("height %d: %s", c.Height, sayPhase(c.Obligation))
	}
	if s.Open == nil {
		return lines
	}
	if n := o.ClaimAttempts + o.ProofAttempts; n > 0 {
		say("broadcast %d times for the claim and %d for the proof, last at height %d", o.ClaimAttempts, o.ProofAttempts, o.LastBroadcastHeight)
	}
	switch {
	case o.Forced:
		say("an operator wants the claim made")
	case o.Skip == nil && o.Reason != "":
		say("last error: %s", o.Reason)
	}
	say("open: %s", sayWait(o))
	return lines
}

func sayPhase(o *claimv1.Obligation) string {
	switch o.GetPhase() {
	case claimv1.Phase_PHASE_SEALED:
		if o.Skip != nil {
			return "the claim is not made for now, " + o.Reason
		}
		return "sealed, a claim is owed"
	case claimv1.Phase_PHASE_CLAIMED:
		return fmt.Sprintf("the claim is on chain, after %d broadcasts; tx %s", o.ClaimAttempts, o.ClaimTx)
	case claimv1.Phase_PHASE_PROOF_DUE:
		return "the chain wants a proof: " + o.ProofRequirement
	case claimv1.Phase_PHASE_PROVEN:
		return fmt.Sprintf("the chain found the proof valid, after %d broadcasts; tx %s", o.ProofAttempts, o.ProofTx)
	case claimv1.Phase_PHASE_PROOF_WAIVED:
		return "the chain wants no proof"
	case claimv1.Phase_PHASE_ENDED:
		end := o.Outcome.String() + ", fees " + fmt.Sprint(o.FeeUpokt) + " upokt"
		if o.SettledUpokt != "" {
			end += ", paid " + o.SettledUpokt + " upokt"
		}
		if o.Reason != "" {
			end += ": " + o.Reason
		}
		return end
	default:
		return o.GetPhase().String()
	}
}

func sayWait(o *claimv1.Obligation) string {
	switch o.GetPhase() {
	case claimv1.Phase_PHASE_SEALED:
		return fmt.Sprintf("claims are taken at heights %d to %d", o.GetTerms().GetClaimOpenHeight(), o.ClaimCloseHeight)
	case claimv1.Phase_PHASE_CLAIMED:
		return fmt.Sprintf("block %d decides whether the chain wants a proof", o.ProofOpenHeight-1)
	case claimv1.Phase_PHASE_PROOF_DUE:
		return fmt.Sprintf("proofs are taken at heights %d to %d", o.ProofOpenHeight, o.ProofCloseHeight)
	default:
		return fmt.Sprintf("settlement is at height %d", o.ProofCloseHeight)
	}
}
