package analytics

import (
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
)

// eventRow is a row of table chain_events: any event, as it came.
type eventRow struct {
	origin
	Type       string      `ch:"type"`
	Section    int8        `ch:"section"`
	TxIndex    uint32      `ch:"tx_index"`
	Attributes *attributes `ch:"attributes"`
}

func (*eventRow) Table() string { return "chain_events" }

func rowOfEvent(part *chainv1.Events, e *chainv1.Event) *eventRow {
	return &eventRow{
		origin: originOf(part, e), Type: e.Type, Section: int8(e.Section), TxIndex: e.TxIndex,
		Attributes: &attributes{list: e.Attributes},
	}
}

// attributes is a map column in the node's order, in which a key can be there twice.
type attributes struct {
	list []*chainv1.Attribute
	at   int
}

var _ column.IterableOrderedMap = (*attributes)(nil)

// Put appends; the client calls it when it reads a row.
func (a *attributes) Put(key, value any) {
	k, _ := key.(string)
	v, _ := value.(string)
	a.list = append(a.list, &chainv1.Attribute{Key: k, Value: v})
}

// Iterator starts at the first attribute.
func (a *attributes) Iterator() column.MapIterator { return &attributes{list: a.list, at: -1} }

func (a *attributes) Next() bool { a.at++; return a.at < len(a.list) }
func (a *attributes) Key() any   { return a.list[a.at].Key }
func (a *attributes) Value() any { return a.list[a.at].Value }
