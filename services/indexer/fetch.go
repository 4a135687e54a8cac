package indexer

import (
	"context"

	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	"golang.org/x/sync/errgroup"
)

// source is the part of a node that the indexer uses; kit/chain's client is one. Its requests are bounded in time.
type source interface {
	Status(ctx context.Context) (*coretypes.ResultStatus, error)
	Block(ctx context.Context, height int64) (*coretypes.ResultBlock, error)
	BlockResults(ctx context.Context, height int64) (*coretypes.ResultBlockResults, error)
}

// node asks a source.
type node struct{ source source }

// tip is what the node says about itself.
type tip struct {
	chainID  string
	newest   int64
	earliest int64 // heights before are pruned
}

func (n node) tip(ctx context.Context) (tip, error) {
	status, err := n.source.Status(ctx)
	if err != nil {
		return tip{}, err
	}
	return tip{
		chainID:  status.NodeInfo.Network,
		newest:   status.SyncInfo.LatestBlockHeight,
		earliest: status.SyncInfo.EarliestBlockHeight,
	}, nil
}

// height fetches one height. The newest height's results can be missing for a moment: see errNotYet.
func (n node) height(ctx context.Context, number int64) (height, error) {
	block, err := n.source.Block(ctx, number)
	if err != nil {
		return height{}, err
	}
	results, err := n.source.BlockResults(ctx, number)
	if err != nil {
		return height{}, err
	}
	return decode(block, results)
}

// heights fetches the heights from..to at once and returns them in order. After a failure it returns those before
// the first one that failed, with the error.
func (n node) heights(ctx context.Context, from, to int64) ([]height, error) {
	got := make([]height, to-from+1)
	errs := make([]error, len(got))
	var group errgroup.Group
	for i := range got {
		group.Go(func() error {
			got[i], errs[i] = n.height(ctx, from+int64(i))
			return nil
		})
	}
	_ = group.Wait()
	for i, err := range errs {
		if err != nil {
			return got[:i], err
		}
	}
	return got, nil
}
