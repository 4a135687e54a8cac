package hasher

import (
	"context"
	"fmt"

	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/hasher/fold"
	"github.com/lodeworks/lode/services/kit/bus"
)

// emitSessionSealed says the fact, once for each session: bus.ErrConflict when there is one already.
func (h *Hasher) emitSessionSealed(ctx context.Context, fact *sessionv1.Sealed) error {
	k := fold.KeyOf(fact.Terms)
	none := uint64(0)
	_, _, err := h.bus.Publish(ctx, bus.Message{
		Subject: bus.SessionSealedSubject(k.Supplier, k.Session), Body: fact, After: &none,
	})
	if err != nil {
		return err
	}
	h.metrics.sealed.Inc()
	h.kit.Log.Info("session sealed", "supplier", k.Supplier, "session", k.Session, "height", fact.SealedHeight,
		"logged", fact.Logged, "mined", fact.Mined, "filtered", fact.Filtered, "duplicate", fact.Duplicate, "root", fmt.Sprintf("%x", fact.Root))
	return nil
}
