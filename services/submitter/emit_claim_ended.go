package submitter

import (
	"context"
	"errors"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// emitClaimEnded says that an obligation has ended, and how: once for each. What is in the stream already was said
// before a restart.
func (s *Submitter) emitClaimEnded(ctx context.Context, o *claimv1.Obligation) error {
	none := uint64(0)
	_, _, err := s.bus.Publish(ctx, bus.Message{
		Subject: bus.ClaimEndedSubject(o.Terms.Supplier, o.Terms.SessionId),
		ID:      "ended/" + keyOf(o.Terms),
		Body:    &claimv1.Changed{Obligation: o, Height: s.height()}, // with the proof of a lost claim
		After:   &none,
	})
	if errors.Is(err, bus.ErrConflict) {
		return nil
	}
	return err
}
