package hasher

import (
	"context"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/blocks"
	"github.com/lodeworks/lode/services/kit/bus"
)

// onBlockCommitted notes the height and how far the log reached when it was heard: sessions whose claim window is
// open then are sealed there.
func (h *Hasher) onBlockCommitted(ctx context.Context) error {
	probe := h.kit.Health.Probe("height", h.cfg.StaleAfter)
	return blocks.Follow(ctx, h.bus, func(b *chainv1.Block) error {
		boundary, err := h.bus.LastSequence(ctx, bus.StreamRelays)
		if err != nil {
			return err
		}
		h.addTarget(target{b.Height, boundary})
		h.metrics.height.Set(float64(b.Height))
		probe.Beat()
		return nil
	})
}
