package submitter

import (
	"context"
	"strconv"

	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// emitClaimChanged says an obligation's new phase, or that its claim is skipped.
func (s *Submitter) emitClaimChanged(ctx context.Context, o *claimv1.Obligation) error {
	id := "claim/" + keyOf(o.Terms) + "/" + o.Phase.String()
	if o.Skip != nil {
		id += "/skipped/" + strconv.FormatInt(o.Skip.Height, 10)
	}
	_, _, err := s.bus.Publish(ctx, bus.Message{
		Subject: bus.ClaimChangedSubject(o.Terms.Supplier, o.Terms.SessionId),
		ID:      id,
		Body:    &claimv1.Changed{Obligation: withoutProof(o), Height: s.height()},
	})
	return err
}

// withoutProof leaves out the one large field: who wants the proof reads the chain, or the ending of a lost claim.
func withoutProof(o *claimv1.Obligation) *claimv1.Obligation {
	c := proto.CloneOf(o)
	c.Proof = nil
	return c
}
