package hasher

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// onClaimEnded forgets the session of a claim that has ended.
func (h *Hasher) onClaimEnded(m bus.Msg) error {
	changed := new(claimv1.Changed)
	if err := proto.Unmarshal(m.Data, changed); err != nil {
		return fmt.Errorf("decode ended claim: %w", err)
	}
	terms := changed.GetObligation().GetTerms()
	if terms == nil {
		return errors.New("ended claim without terms")
	}
	h.state.end(keyOf(terms), terms.EndHeight)
	return nil
}
