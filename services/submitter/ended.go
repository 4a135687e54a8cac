package submitter

import (
	"context"
	"log/slog"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
)

// ending is how a claim ended.
type ending struct {
	outcome claimv1.Outcome
	reason  string
	settled string // whole upokt, empty unless settled
}

// change stores a new phase, then says it: who cannot store it is not heard. Whoever takes over between these says it
// again. The new phase may have something to do at this very height.
func (s *Submitter) change(ctx context.Context, o *claimv1.Obligation, set func(*claimv1.Obligation)) error {
	next := with(o, set)
	if err := s.book.store(ctx, o, next); err != nil {
		return err
	}
	s.wakeUp()
	return s.say(ctx, next)
}

// say says an obligation's phase. Should that fail, the next step does it again.
func (s *Submitter) say(ctx context.Context, o *claimv1.Obligation) error {
	err := s.emitClaimChanged(ctx, o)
	s.book.saying(keyOf(o.Terms), err != nil)
	return err
}

// end stores how the obligation ended, says it, and only then forgets it: a restart between these says it again. The
// ending that was stored first stands.
func (s *Submitter) end(ctx context.Context, o *claimv1.Obligation, e ending) error {
	if o.Phase == claimv1.Phase_PHASE_ENDED {
		return s.finish(ctx, o)
	}
	next := with(o, func(o *claimv1.Obligation) {
		o.Phase, o.Outcome, o.Reason, o.SettledUpokt = claimv1.Phase_PHASE_ENDED, e.outcome, e.reason, e.settled
		if lost(e.outcome) {
			s.offers.evidence(o)
		} else {
			o.Proof = nil
		}
	})
	if err := s.book.store(ctx, o, next); err != nil {
		return err
	}
	return s.finish(ctx, next)
}

// lost tells whether an outcome is money lost.
func lost(o claimv1.Outcome) bool {
	switch o {
	case claimv1.Outcome_OUTCOME_CLAIM_MISSED, claimv1.Outcome_OUTCOME_EXPIRED, claimv1.Outcome_OUTCOME_DISCARDED, claimv1.Outcome_OUTCOME_UNSEEN:
		return true
	default:
		return false
	}
}

// finish says an ending that is stored, and forgets the obligation.
func (s *Submitter) finish(ctx context.Context, o *claimv1.Obligation) error {
	if err := s.emitClaimEnded(ctx, o); err != nil {
		return err
	}
	if removed, err := s.book.remove(ctx, o); err != nil || !removed {
		return err
	}
	s.metrics.outcomes.WithLabelValues(o.Outcome.String()).Inc()
	if o.Outcome == claimv1.Outcome_OUTCOME_UNPROFITABLE {
		s.metrics.unpaying.Add(upokt(o.ClaimedUpokt))
	}
	level := slog.LevelInfo
	if lost(o.Outcome) {
		level = slog.LevelError // a human must look
		s.metrics.forfeited.WithLabelValues(o.Outcome.String()).Add(upokt(o.ClaimedUpokt))
	}
	s.kit.Log.Log(ctx, level, "claim ended", "supplier", o.Terms.Supplier, "session", o.Terms.SessionId, "outcome", o.Outcome.String(),
		"reason", o.Reason, "claimed_upokt", o.ClaimedUpokt, "settled_upokt", o.SettledUpokt, "fee_upokt", o.FeeUpokt)
	return nil
}

// unseen ends a claim that no event has named although all of the chain's events are read.
func (s *Submitter) unseen(ctx context.Context, o *claimv1.Obligation) error {
	if read, err := s.eventsRead(ctx); err != nil || !read {
		return err
	}
	return s.end(ctx, o, ending{outcome: claimv1.Outcome_OUTCOME_UNSEEN, reason: "no event of the chain named the claim"})
}
