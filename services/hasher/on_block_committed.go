package hasher

import (
	"context"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/blocks"
)

// onBlockCommitted notes the height and wakes all workers. What counts is the newest height: several at once, twice or
// late are all the same.
func (h *Hasher) onBlockCommitted(ctx context.Context) error {
	probe := h.kit.Health.Probe("height", h.cfg.StaleAfter)
	return blocks.Follow(ctx, h.bus, func(b *chainv1.Block) error {
		if b.Height > h.height.Load() {
			h.height.Store(b.Height)
		}
		h.metrics.height.Set(float64(h.height.Load()))
		for _, w := range h.workers.all() {
			wake(w.woken)
		}
		probe.Beat()
		return nil
	})
}
