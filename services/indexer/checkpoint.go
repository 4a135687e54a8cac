package indexer

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// errWrongChain is returned when the nodes' chain is not the one in the stream. No retry can help.
var errWrongChain = errors.New("the nodes follow another chain than the stream holds")

// checkpoint is the last block in the stream. The zero value is a stream without blocks.
type checkpoint struct {
	height   int64
	hash     []byte
	chainID  string
	sequence uint64 // of the message, for compare-and-set
	app      []byte // hash of the application's state behind the block; empty: not known
}

// checkpointOf is the one when a height is said, but for the sequence.
func checkpointOf(h height) checkpoint {
	return checkpoint{height: h.block.Height, hash: h.block.Hash, chainID: h.block.ChainId, app: h.app}
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

// follows checks that h may be said after the checkpoint: same chain, next height, and its header names the
// checkpoint's hash as its parent, and the state that the checkpoint's results ended with.
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
	if len(c.app) > 0 && !bytes.Equal(h.appBefore, c.app) {
		return fmt.Errorf("%w: block %d was made on state %X, the results of block %d ended with %X",
			errWrongChain, h.block.Height, h.appBefore, c.height, c.app)
	}
	return nil
}
