package hasher

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

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

// addTarget notes that sessions due at height are sealed once the log is folded up to boundary.
func (h *Hasher) addTarget(t target) {
	h.targetMu.Lock()
	h.targets = append(h.targets, t)
	h.targetMu.Unlock()
	h.wakeUp()
}

func (h *Hasher) wakeUp() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// reached takes the targets up to which the log is folded, and returns the greatest height of them; 0 when there
// is none. Each height waits for its own boundary, so a fold that lags steadily still seals.
func (h *Hasher) reached() (height int64) {
	position := h.state.position()
	h.targetMu.Lock()
	defer h.targetMu.Unlock()
	for len(h.targets) > 0 && h.targets[0].boundary <= position {
		height = max(height, h.targets[0].height)
		h.targets = h.targets[1:]
	}
	return height
}

// sealLoop seals what is due, and purges what has ended, whenever the fold has reached a height.
func (h *Hasher) sealLoop(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.wake:
		}
		height := h.reached()
		if height == 0 {
			continue
		}
		if err := h.sealDue(ctx, height); err != nil {
			return err
		}
		if err := h.purge(ctx); err != nil {
			h.kit.Log.Warn("settled relays not purged yet", "err", err)
		}
	}
}

// sealsAtOnce is how many facts are said side by side: each waits for the bus's disk.
const sealsAtOnce = 16

// sealDue seals every session whose claim window is open at height. The log is folded at least up to where it
// reached when that height was heard; what is logged behind the seal is late.
func (h *Hasher) sealDue(ctx context.Context, height int64) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(sealsAtOnce)
	for _, k := range h.state.due(height) {
		fact := h.state.seal(k, height)
		if fact == nil {
			continue
		}
		group.Go(func() error {
			err := h.emitSessionSealed(ctx, fact)
			if errors.Is(err, bus.ErrConflict) {
				err = h.adoptExisting(ctx, k)
			}
			if err != nil {
				return fmt.Errorf("seal session %s of %s: %w", k.session, k.supplier, err)
			}
			return nil
		})
	}
	return group.Wait()
}
