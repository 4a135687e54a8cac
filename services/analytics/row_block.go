package analytics

import (
	"errors"
	"time"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
)

// blockRow is a row of table blocks.
type blockRow struct {
	Height     int64     `ch:"height"`
	Hash       string    `ch:"hash"`
	Time       time.Time `ch:"time"`
	ChainID    string    `ch:"chain_id"`
	Proposer   string    `ch:"proposer"`
	TxCount    uint32    `ch:"tx_count"`
	EventCount uint32    `ch:"event_count"`
	Parts      uint32    `ch:"parts"`
	StreamSeq  uint64    `ch:"stream_seq"`
}

func (*blockRow) Table() string { return "blocks" }

// rowOfBlock is the block said at a sequence of stream CHAIN.
func rowOfBlock(b *chainv1.Block, sequence uint64) (*blockRow, error) {
	if b.Height < 1 || len(b.Hash) == 0 {
		return nil, errors.New("block without height or hash")
	}
	return &blockRow{
		Height: b.Height, Hash: upperHex(b.Hash), Time: instant(b.TimeUnixNano), ChainID: b.ChainId,
		Proposer: upperHex(b.Proposer), TxCount: b.TxCount, EventCount: b.EventCount, Parts: b.Parts, StreamSeq: sequence,
	}, nil
}
