package submitter

import (
	"context"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// emitClaimEnded says that an obligation has ended, and how.
func (s *Submitter) emitClaimEnded(ctx context.Context, o *claimv1.Obligation) error {
	_, _, err := s.bus.Publish(ctx, bus.Message{
		Subject: bus.ClaimEndedSubject(o.Terms.Supplier, o.Terms.SessionId),
		ID:      "ended/" + keyOf(o.Terms),
		Body:    &claimv1.Changed{Obligation: withoutProof(o), Height: s.height()},
	})
	return err
}
