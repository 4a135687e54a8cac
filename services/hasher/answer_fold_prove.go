package hasher

import (
	"context"

	"github.com/lodeworks/lode/services/kit/bus"
)

// answerFoldProve builds closest proofs of sessions that are folded here, for other hashers.
func (h *Hasher) answerFoldProve(ctx context.Context) error {
	return h.answerProofs(ctx, bus.FoldProveSubject(h.self), h.proveHere)
}
