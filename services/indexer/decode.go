package indexer

import (
	"crypto/sha256"
	"errors"
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
)

// errIncomplete is returned when a node's answers for one height do not belong together; asking again can help.
var errIncomplete = errors.New("the node's answers for this height are incomplete")

// height is everything the chain says about one height, in the words of the bus.
type height struct {
	block  *chainv1.Block   // Parts is not yet set
	parent []byte           // hash of the block before, as this block's header names it; empty at height 1
	events []*chainv1.Event // by index: transactions first, then block events
	txs    []*chainv1.Tx    // by index
}

// decode joins a node's block and block_results of one height. The hash is that of block_id, which the chain itself
// uses for sessions; the header's own hash is not computed here.
func decode(block *coretypes.ResultBlock, results *coretypes.ResultBlockResults) (height, error) {
	if block == nil || block.Block == nil || results == nil {
		return height{}, fmt.Errorf("decode height: %w: no block or no results", errIncomplete)
	}
	header := block.Block.Header
	switch {
	case header.Height < 1 || results.Height != header.Height:
		return height{}, fmt.Errorf("decode height %d: %w: results are of height %d", header.Height, errIncomplete, results.Height)
	case len(block.BlockID.Hash) != sha256.Size:
		return height{}, fmt.Errorf("decode height %d: %w: block hash has %d bytes", header.Height, errIncomplete, len(block.BlockID.Hash))
	case len(results.TxsResults) != len(block.Block.Txs):
		return height{}, fmt.Errorf("decode height %d: %w: %d results for %d transactions",
			header.Height, errIncomplete, len(results.TxsResults), len(block.Block.Txs))
	}
	txs, events := decodeTxs(block, results.TxsResults)
	events = appendEvents(events, results.FinalizeBlockEvents, chainv1.Section_SECTION_UNSPECIFIED, 0)
	return height{
		parent: header.LastBlockID.Hash,
		events: events,
		txs:    txs,
		block: &chainv1.Block{
			Height:       header.Height,
			Hash:         block.BlockID.Hash,
			TimeUnixNano: header.Time.UnixNano(),
			ChainId:      header.ChainID,
			TxCount:      uint32(len(txs)),
			EventCount:   uint32(len(events)),
			Proposer:     header.ProposerAddress,
		},
	}, nil
}

// decodeTxs returns the transactions with their results, and the events of all of them in order.
func decodeTxs(block *coretypes.ResultBlock, results []*abci.ExecTxResult) ([]*chainv1.Tx, []*chainv1.Event) {
	var events []*chainv1.Event
	txs := make([]*chainv1.Tx, 0, len(results))
	for i, result := range results {
		if result == nil {
			result = &abci.ExecTxResult{}
		}
		raw := block.Block.Txs[i]
		hash := sha256.Sum256(raw)
		txs = append(txs, &chainv1.Tx{
			Index:     uint32(i),
			Hash:      hash[:],
			Code:      result.Code,
			Codespace: text(result.Codespace),
			Log:       text(result.Log),
			GasWanted: result.GasWanted,
			GasUsed:   result.GasUsed,
			Raw:       raw,
		})
		events = appendEvents(events, result.Events, chainv1.Section_SECTION_TX, uint32(i))
	}
	return txs, events
}

// appendEvents numbers the events on from those before. Block events (section unspecified) get theirs from the
// attribute "mode" that the SDK appends.
func appendEvents(all []*chainv1.Event, events []abci.Event, section chainv1.Section, tx uint32) []*chainv1.Event {
	for _, event := range events {
		said := &chainv1.Event{
			Type:       text(event.Type),
			Section:    section,
			TxIndex:    tx,
			Index:      uint32(len(all)),
			Attributes: make([]*chainv1.Attribute, 0, len(event.Attributes)),
		}
		for _, a := range event.Attributes {
			said.Attributes = append(said.Attributes, &chainv1.Attribute{Key: text(a.Key), Value: text(a.Value)})
		}
		if section == chainv1.Section_SECTION_UNSPECIFIED {
			said.Section = blockSection(event.Attributes)
		}
		all = append(all, said)
	}
	return all
}

// blockSection reads the attribute "mode"; an event without one came from a module that ended the block.
func blockSection(attributes []abci.EventAttribute) chainv1.Section {
	for i := len(attributes) - 1; i >= 0; i-- {
		if attributes[i].Key == "mode" && attributes[i].Value == "BeginBlock" {
			return chainv1.Section_SECTION_BEGIN_BLOCK
		}
	}
	return chainv1.Section_SECTION_END_BLOCK
}
