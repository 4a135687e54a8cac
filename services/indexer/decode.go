package indexer

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	coretypes "github.com/cometbft/cometbft/rpc/core/types"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
)

// errIncomplete is returned when a node's answers for one height do not belong together; asking again, or another
// node, can help.
var errIncomplete = errors.New("the node's answers for this height are incomplete")

// height is what the chain says about one height, but for its events and transactions.
type height struct {
	block     *chainv1.Block
	parent    []byte // hash of the block before, as this block's header names it; empty at height 1
	appBefore []byte // hash of the application's state that this block was made on
	app       []byte // hash of the application's state behind this block; empty: the node does not say
}

// decodeBlock reads a node's block, and makes sure that its parts belong together: the hash of block_id, which
// the chain itself uses for sessions, is the header's, and the transactions are those that the header names.
func decodeBlock(number int64, b *coretypes.ResultBlock) (height, error) {
	if b == nil || b.Block == nil {
		return height{}, fmt.Errorf("%w: no block", errIncomplete)
	}
	header := &b.Block.Header
	switch {
	case header.Height != number:
		return height{}, fmt.Errorf("%w: block is of height %d", errIncomplete, header.Height)
	case len(b.BlockID.Hash) != sha256.Size || !bytes.Equal(header.Hash(), b.BlockID.Hash):
		return height{}, fmt.Errorf("%w: header has hash %X, block id %X", errIncomplete, header.Hash(), b.BlockID.Hash)
	case !bytes.Equal(b.Block.Txs.Hash(), header.DataHash):
		return height{}, fmt.Errorf("%w: transactions have hash %X, header says %X", errIncomplete, b.Block.Txs.Hash(), header.DataHash)
	}
	return height{
		parent:    header.LastBlockID.Hash,
		appBefore: header.AppHash,
		block: &chainv1.Block{
			Height:       header.Height,
			Hash:         b.BlockID.Hash,
			TimeUnixNano: header.Time.UnixNano(),
			ChainId:      header.ChainID,
			TxCount:      uint32(len(b.Block.Txs)),
			Proposer:     header.ProposerAddress,
		},
	}, nil
}

// decodeResults reads a node's block_results of a block into a splitter, and completes h.
func decodeResults(h *height, txs [][]byte, d *json.Decoder, to *splitter) error {
	c := &counter{to: to}
	r := &reader{
		d:      d,
		height: h.block.Height,
		event:  c.event,
		tx: func(o outcome, i int) error {
			if i >= len(txs) {
				return fmt.Errorf("%w: more than %d results for %d transactions", errIncomplete, i, len(txs))
			}
			return to.tx(txOf(o, i, txs[i]))
		},
	}
	if err := r.read(); err != nil {
		return err
	}
	if r.txs != len(txs) {
		return fmt.Errorf("%w: %d results for %d transactions", errIncomplete, r.txs, len(txs))
	}
	if err := c.settle(); err != nil {
		return err
	}
	if err := to.close(); err != nil {
		return err
	}
	h.app, h.block.EventCount, h.block.Parts = r.appHash, c.next, to.parts
	return nil
}

func txOf(o outcome, i int, raw []byte) *chainv1.Tx {
	hash := sha256.Sum256(raw)
	return &chainv1.Tx{
		Index:     uint32(i),
		Hash:      hash[:],
		Code:      o.code,
		Codespace: text(o.codespace),
		Log:       text(o.log),
		GasWanted: o.gasWanted,
		GasUsed:   o.gasUsed,
		Raw:       raw,
	}
}

// eventUnordered is the type that the chain's application says from many goroutines at once: nodes differ in the order
// of events of it that follow each other.
const eventUnordered = "pocket.proof.EventProofValidityChecked"

// counter numbers the events, the same way whichever node says them: those without an order are sorted.
type counter struct {
	to      *splitter
	next    uint32           // number of the next event
	waiting []*chainv1.Event // a run of events without an order
}

func (c *counter) event(e said, tx int) error {
	event := eventOf(e, tx)
	if event.Type == eventUnordered {
		c.waiting = append(c.waiting, event)
		return nil
	}
	if err := c.settle(); err != nil {
		return err
	}
	return c.put(event)
}

// settle puts the run that waits.
func (c *counter) settle() error {
	slices.SortFunc(c.waiting, func(a, b *chainv1.Event) int {
		return slices.CompareFunc(a.Attributes, b.Attributes, func(a, b *chainv1.Attribute) int {
			return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value))
		})
	})
	run := c.waiting
	c.waiting = nil
	for _, event := range run {
		if err := c.put(event); err != nil {
			return err
		}
	}
	return nil
}

func (c *counter) put(event *chainv1.Event) error {
	event.Index = c.next
	c.next++
	return c.to.event(event)
}

// eventOf is an event in the words of the bus, kept as it is whatever its type. One of a block has its section from the
// attribute "mode" that the SDK appends.
func eventOf(e said, tx int) *chainv1.Event {
	event := &chainv1.Event{Type: text(e.Type), Section: chainv1.Section_SECTION_TX, Attributes: make([]*chainv1.Attribute, len(e.Attributes))}
	for i, a := range e.Attributes {
		event.Attributes[i] = &chainv1.Attribute{Key: text(a.Key), Value: text(a.Value)}
	}
	if tx < 0 {
		event.Section = blockSection(event.Attributes)
	} else {
		event.TxIndex = uint32(tx)
	}
	return event
}

// blockSection reads the attribute "mode"; an event without one came from a module that ended the block.
func blockSection(attributes []*chainv1.Attribute) chainv1.Section {
	for i := len(attributes) - 1; i >= 0; i-- {
		if attributes[i].Key == "mode" && attributes[i].Value == "BeginBlock" {
			return chainv1.Section_SECTION_BEGIN_BLOCK
		}
	}
	return chainv1.Section_SECTION_END_BLOCK
}
