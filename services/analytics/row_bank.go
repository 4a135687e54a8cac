package analytics

import (
	"fmt"
	"math/big"
	"strconv"
	"time"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/event"
	"github.com/lodeworks/lode/services/kit/ch"
)

// supplyRow is a row of table supply_changes.
type supplyRow struct {
	origin
	Kind    string   `ch:"kind"` // mint or burn
	Account string   `ch:"account"`
	Upokt   *big.Int `ch:"upokt"`
}

func (*supplyRow) Table() string { return "supply_changes" }

// balanceRow is a row of table balance_changes.
type balanceRow struct {
	Account string `ch:"account"`
	origin
	Section  int8     `ch:"section"`
	TxIndex  uint32   `ch:"tx_index"`
	MsgIndex int32    `ch:"msg_index"` // -1: of no message
	Upokt    *big.Int `ch:"upokt"`     // negative: spent
}

func (*balanceRow) Table() string { return "balance_changes" }

// feeRow is a row of table fees.
type feeRow struct {
	Height  int64     `ch:"height"`
	TxIndex uint32    `ch:"tx_index"`
	Time    time.Time `ch:"time"`
	Payer   string    `ch:"payer"`
	Upokt   *big.Int  `ch:"upokt"`
}

func (*feeRow) Table() string { return "fees" }

// plainEvents are the SDK's own events, whose attributes are bare text.
var plainEvents = map[string]reader{
	"coinbase": func(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
		return rowOfSupply(part, e, "mint", "minter")
	},
	"burn": func(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
		return rowOfSupply(part, e, "burn", "burner")
	},
	"coin_received": func(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
		return rowOfBalance(part, e, "receiver", 1)
	},
	"coin_spent": func(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
		return rowOfBalance(part, e, "spender", -1)
	},
	"tx": rowOfFee,
}

// attribute is the value of the first attribute of a name; empty when there is none.
func attribute(e *chainv1.Event, key string) string {
	for _, a := range e.Attributes {
		if a.Key == key {
			return a.Value
		}
	}
	return ""
}

// amountOf is the upokt of an event's amount, 0 when it is all of other coins.
func amountOf(e *chainv1.Event, key string) (*big.Int, error) {
	amount, err := event.UpoktOf(attribute(e, key))
	if err != nil {
		return nil, fmt.Errorf("event %s: %s: %w", e.Type, key, err)
	}
	return amount, nil
}

func rowOfSupply(part *chainv1.Events, e *chainv1.Event, kind, who string) ([]ch.Row, error) {
	amount, err := amountOf(e, "amount")
	if err != nil || amount.Sign() == 0 {
		return nil, err
	}
	return []ch.Row{&supplyRow{origin: originOf(part, e), Kind: kind, Account: attribute(e, who), Upokt: amount}}, nil
}

func rowOfBalance(part *chainv1.Events, e *chainv1.Event, who string, sign int64) ([]ch.Row, error) {
	amount, err := amountOf(e, "amount")
	if err != nil || amount.Sign() == 0 {
		return nil, err
	}
	if amount.BitLen() > 127 {
		return nil, fmt.Errorf("event %s: amount has %d bits", e.Type, amount.BitLen())
	}
	return []ch.Row{&balanceRow{
		Account: attribute(e, who), origin: originOf(part, e), Section: int8(e.Section), TxIndex: e.TxIndex,
		MsgIndex: messageIndex(e), Upokt: amount.Mul(amount, big.NewInt(sign)),
	}}, nil
}

// messageIndex is the message that an event of a transaction comes from, -1 when it comes from none.
func messageIndex(e *chainv1.Event) int32 {
	n, err := strconv.ParseUint(attribute(e, "msg_index"), 10, 31)
	if err != nil {
		return -1
	}
	return int32(n)
}

// rowOfFee reads the ante handler's event tx {fee, fee_payer}; the others of that type have no fee.
func rowOfFee(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
	payer := attribute(e, "fee_payer")
	if payer == "" {
		return nil, nil
	}
	amount, err := amountOf(e, "fee")
	if err != nil {
		return nil, err
	}
	return []ch.Row{&feeRow{Height: part.Height, TxIndex: e.TxIndex, Time: instant(part.TimeUnixNano), Payer: payer, Upokt: amount}}, nil
}
