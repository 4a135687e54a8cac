package hasher

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/hasher/fold"
	"github.com/lodeworks/lode/services/kit/bus"
)

// onClaimEnded forgets the sessions of claims that end, from a sequence on. A partition that is loaded later looks for
// what has ended itself. A message that can't be understood goes to DEAD.
func (h *Hasher) onClaimEnded(ctx context.Context, from uint64) error {
	return h.bus.Fold(ctx, bus.StreamClaims, []string{bus.ClaimEndedFilter}, from, func(m bus.Msg) error {
		if err := h.forget(m); err != nil {
			h.metrics.poison.Inc()
			h.kit.Log.Error("message is poison", "stream", bus.StreamClaims, "subject", m.Subject, "stream_seq", m.Sequence, "err", err)
			return h.bus.Bury(ctx, bus.StreamClaims, m, err)
		}
		return nil
	})
}

func (h *Hasher) forget(m bus.Msg) error {
	changed := new(claimv1.Changed)
	if err := proto.Unmarshal(m.Data, changed); err != nil {
		return fmt.Errorf("decode ended claim: %w", err)
	}
	terms := changed.GetObligation().GetTerms()
	if terms == nil {
		return errors.New("ended claim without terms")
	}
	for _, w := range h.workers.all() {
		w.mu.Lock()
		if w.fold.End(fold.KeyOf(terms)) {
			w.evidence.note(changed.Obligation)
			w.noteLeaves()
		}
		w.mu.Unlock()
	}
	return nil
}
