package analytics

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/ch"
)

// blockCommitted hears the blocks.
var blockCommitted = bus.Durable{Stream: bus.StreamChain, Name: "analytics-block-committed", Filters: []string{bus.BlockCommittedSubject}}

func onBlockCommitted(m bus.Msg) ([]ch.Row, error) {
	var block chainv1.Block
	if err := proto.Unmarshal(m.Data, &block); err != nil {
		return nil, fmt.Errorf("decode block: %w", err)
	}
	row, err := rowOfBlock(&block, m.Sequence)
	if err != nil {
		return nil, err
	}
	return []ch.Row{row}, nil
}
