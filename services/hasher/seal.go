package hasher

import (
	"context"
	"errors"
	"fmt"

	"github.com/lodeworks/lode/services/kit/bus"
)

// errRefold is returned when another hasher sealed a session at an earlier log position than this one has folded:
// the process starts again and folds up to that position.
var errRefold = errors.New("another hasher sealed this session first, at an earlier log position: fold again")

// target is a height and the log position that must be folded before the sessions due at it are sealed.
type target struct {
	height   int64
	boundary uint64
}

// setTarget replaces an older target that was not reached yet: heights are level-triggered.
func (h *Hasher) setTarget(height int64, boundary uint64) {
	h.targetMu.Lock()
	h.target = target{height, boundary}
	h.targetMu.Unlock()
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// sealLoop seals what is due, whenever the height or the fold has moved.
func (h *Hasher) sealLoop(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.wake:
		}
		if err := h.sealDue(ctx); err != nil {
			return err
		}
		if err := h.purge(ctx); err != nil {
			h.kit.Log.Warn("settled relays not purged yet", "err", err)
		}
	}
}

// sealDue seals every session whose claim window is open, once the log is folded up to where it reached when that
// height was heard. What is logged behind that position is late.
func (h *Hasher) sealDue(ctx context.Context) error {
	h.targetMu.Lock()
	t := h.target
	h.targetMu.Unlock()
	due := h.state.due(t.height)
	if len(due) == 0 {
		return nil
	}
	if h.state.position() < t.boundary {
		return nil
	}
	for _, k := range due {
		fact := h.state.seal(k, t.height)
		err := h.emitSessionSealed(ctx, fact)
		if errors.Is(err, bus.ErrConflict) {
			if err = h.adoptExisting(ctx, k); err == nil {
				continue
			}
		}
		if err != nil {
			return fmt.Errorf("seal session %s of %s: %w", k.session, k.supplier, err)
		}
	}
	return nil
}
