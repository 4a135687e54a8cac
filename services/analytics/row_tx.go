package analytics

import (
	"time"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
)

// txRow is a row of table txs.
type txRow struct {
	Height    int64     `ch:"height"`
	TxIndex   uint32    `ch:"tx_index"`
	Time      time.Time `ch:"time"`
	Hash      string    `ch:"hash"`
	Code      uint32    `ch:"code"`
	Codespace string    `ch:"codespace"`
	Log       string    `ch:"log"`
	GasWanted int64     `ch:"gas_wanted"`
	GasUsed   int64     `ch:"gas_used"`
	Raw       string    `ch:"raw"`
}

func (*txRow) Table() string { return "txs" }

func rowOfTx(part *chainv1.Events, tx *chainv1.Tx) *txRow {
	return &txRow{
		Height: part.Height, TxIndex: tx.Index, Time: instant(part.TimeUnixNano), Hash: upperHex(tx.Hash), Code: tx.Code,
		Codespace: tx.Codespace, Log: tx.Log, GasWanted: tx.GasWanted, GasUsed: tx.GasUsed, Raw: string(tx.Raw),
	}
}
