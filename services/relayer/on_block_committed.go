package relayer

import (
	"context"
	"fmt"
	"net/http"
	"time"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/blocks"
	"github.com/lodeworks/lode/services/pocket/relay"
)

// onBlockCommitted keeps the height that session timing is judged by.
func (s *Relayer) onBlockCommitted(ctx context.Context) error {
	probe := s.kit.Health.Probe("height", s.now().cfg.StaleAfter)
	return blocks.Follow(ctx, s.bus, func(b *chainv1.Block) error {
		s.heard.Store(time.Now().UnixNano()) // first: who sees the height must not find it stale
		s.height.Store(b.Height)
		s.metrics.height.Set(float64(b.Height))
		s.meter.Forget(b.Height)
		s.log.forget(b.Height)
		s.sockets.expire(b.Height)
		probe.Beat()
		return nil
	})
}

// knowsHeight refuses new work, before it is done, while the chain's height is not known: nobody could say which session
// it belongs to, nor whether it can be claimed.
func (s *setup) knowsHeight() error {
	if age := time.Since(time.Unix(0, s.heard.Load())); age > s.cfg.StaleAfter {
		return refuse(http.StatusServiceUnavailable, relay.Internal, "height_stale", fmt.Errorf("no new block for %s", s.cfg.StaleAfter))
	}
	return nil
}
