package localnet

import (
	"context"
	"fmt"
	"time"

	"github.com/lodeworks/lode/services/kit/chain"
)

// awaitEvery is how often a node is asked for its height.
const awaitEvery = 20 * time.Millisecond

// AwaitHeight returns when the chain is at a height. A node that does not answer may be starting.
func AwaitHeight(ctx context.Context, node *chain.Client, height int64) error {
	for {
		status, err := node.Status(ctx)
		if err == nil && status.SyncInfo.LatestBlockHeight >= height {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("height %d not reached: %w", height, context.Cause(ctx))
		case <-time.After(awaitEvery):
		}
	}
}
