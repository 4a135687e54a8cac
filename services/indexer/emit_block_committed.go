package indexer

import (
	"context"
	"fmt"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

func blockID(height int64) string { return fmt.Sprintf("block/%d", height) }

// blockCommitted is the message of a block.
func blockCommitted(block *chainv1.Block) bus.Message {
	return bus.Message{Subject: bus.BlockCommittedSubject, ID: blockID(block.Height), Body: block}
}

// emitBlockCommitted says a block, after all parts of its height are stored, and only when the message after has the
// sequence of the last block in the stream. Otherwise the error is bus.ErrConflict: another indexer was first.
func emitBlockCommitted(ctx context.Context, b *bus.Bus, block *chainv1.Block, after uint64) (uint64, error) {
	m := blockCommitted(block)
	m.After = &after
	sequence, duplicate, err := b.Publish(ctx, m)
	if err == nil && duplicate {
		err = fmt.Errorf("say block %d: %w", block.Height, bus.ErrConflict)
	}
	return sequence, err
}

// emitBlockBehind says a block, only if the stream's last message has the id behind when it comes there; otherwise the
// pipe ends with bus.ErrConflict. stored is called when the stream has it.
func emitBlockBehind(ctx context.Context, p *bus.Pipe, block *chainv1.Block, behind string, stored func(sequence uint64)) error {
	c, err := blockCommitted(block).Encode()
	if err != nil {
		return err
	}
	return p.Publish(ctx, c, behind, func(sequence uint64, duplicate bool) error {
		if duplicate {
			return fmt.Errorf("say block %d: %w", block.Height, bus.ErrConflict)
		}
		stored(sequence)
		return nil
	})
}
