package indexer

import (
	"context"
	"fmt"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// emitBlockCommitted says a block, after all parts of its height, and only when the message after has the sequence
// of the last block in the stream. Otherwise the error is bus.ErrConflict: another indexer was first.
func emitBlockCommitted(ctx context.Context, b *bus.Bus, block *chainv1.Block, after uint64) (uint64, error) {
	sequence, duplicate, err := b.Publish(ctx, bus.Message{
		Subject: bus.BlockCommittedSubject,
		ID:      fmt.Sprintf("block/%d", block.Height),
		Body:    block,
		After:   &after,
	})
	if err == nil && duplicate {
		err = fmt.Errorf("say block %d: %w", block.Height, bus.ErrConflict)
	}
	return sequence, err
}
