package gateway

import (
	"context"
	"time"
)

// followHeight asks the node for its height until ctx ends.
func (g *Gateway) followHeight(ctx context.Context) error {
	probe := g.kit.Health.Probe("height", time.Minute)
	tick := time.NewTicker(g.cfg.HeightEvery)
	defer tick.Stop()
	for {
		switch err := g.refreshHeight(ctx); {
		case err != nil && ctx.Err() == nil:
			g.kit.Log.Warn("height not known", "err", err)
		case err == nil && g.height.Load() > 0: // 0: the chain has no block yet
			probe.Beat()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// refreshHeight asks once. Heights never go back: of two nodes the higher one counts.
func (g *Gateway) refreshHeight(ctx context.Context) error {
	status, err := g.node.Status(ctx)
	if err != nil {
		return err
	}
	next := status.SyncInfo.LatestBlockHeight
	for {
		have := g.height.Load()
		if next <= have || g.height.CompareAndSwap(have, next) {
			g.metrics.height.Set(float64(max(next, have)))
			return nil
		}
	}
}
