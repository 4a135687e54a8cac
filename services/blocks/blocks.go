// Package blocks tells a service the height of the chain, from the bus. Heights are level-triggered: what counts
// is the newest, and one that was missed is made up for by the next.
package blocks

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// Follow hands on the newest block that the bus knows, then each one after it in order, until ctx ends or on
// fails.
func Follow(ctx context.Context, b *bus.Bus, on func(*chainv1.Block) error) error {
	newest := new(chainv1.Block)
	sequence, found, err := b.Last(ctx, bus.StreamChain, bus.BlockCommittedSubject, newest)
	if err != nil {
		return fmt.Errorf("read newest block: %w", err)
	}
	if found {
		if err := on(newest); err != nil {
			return err
		}
	}
	return b.Fold(ctx, bus.StreamChain, []string{bus.BlockCommittedSubject}, sequence+1, func(m bus.Msg) error {
		block := new(chainv1.Block)
		if err := proto.Unmarshal(m.Data, block); err != nil {
			return fmt.Errorf("decode block: %w", err)
		}
		return on(block)
	})
}
