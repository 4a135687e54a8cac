package relayer

import (
	"context"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/blocks"
)

// onBlockCommitted keeps the height that session timing is judged by.
func (s *Relayer) onBlockCommitted(ctx context.Context) error {
	probe := s.kit.Health.Probe("height", s.cfg.StaleAfter)
	return blocks.Follow(ctx, s.bus, func(b *chainv1.Block) error {
		s.height.Store(b.Height)
		s.metrics.height.Set(float64(b.Height))
		s.meter.forget(b.Height)
		s.log.forget(b.Height)
		probe.Beat()
		return nil
	})
}
