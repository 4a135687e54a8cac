package indexer

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// errWrongChain is returned when the node's chain is not the one in the stream. No retry can help.
var errWrongChain = errors.New("the node follows another chain than the stream holds")

// checkpoint is the last block in the stream. The zero value is a stream without blocks.
type checkpoint struct {
	height   int64
	hash     []byte
	chainID  string
	sequence uint64 // of the message, for compare-and-set
}

// readCheckpoint asks the stream for its last block.
func readCheckpoint(ctx context.Context, b *bus.Bus) (checkpoint, error) {
	var last chainv1.Block
	sequence, found, err := b.Last(ctx, bus.StreamChain, bus.BlockCommittedSubject, &last)
	if err != nil || !found {
		return checkpoint{}, err
	}
	return checkpoint{height: last.Height, hash: last.Hash, chainID: last.ChainId, sequence: sequence}, nil
}

// next returns the first height to index: after the checkpoint, or start, or the newest when start is 0.
func (c checkpoint) next(start, newest int64) int64 {
	switch {
	case c.height > 0:
		return c.height + 1
	case start > 0:
		return start
	default:
		return newest
	}
}

// follows checks that h may be said after the checkpoint: same chain, next height, and its header names the
// checkpoint's hash as its parent.
func (c checkpoint) follows(h height) error {
	if c.height == 0 {
		return nil
	}
	if h.block.ChainId != c.chainID {
		return fmt.Errorf("%w: node %q, stream %q", errWrongChain, h.block.ChainId, c.chainID)
	}
	if h.block.Height != c.height+1 {
		return fmt.Errorf("block %d cannot follow block %d", h.block.Height, c.height)
	}
	if !bytes.Equal(h.parent, c.hash) {
		return fmt.Errorf("%w: block %d has parent %X, the stream's block %d is %X",
			errWrongChain, h.block.Height, h.parent, c.height, c.hash)
	}
	return nil
}
