package ledger

import (
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// MaxLines is the most lines of one Query.
const MaxLines = 500

// Filter chooses lines; the zero value chooses the newest MaxLines.
type Filter struct {
	Session    string   // one session; empty: all
	Suppliers  []string // operator addresses; empty: all
	FromHeight int64    // sessions that end at this height or later; 0: all
	ToHeight   int64    // sessions that end at this height or earlier; 0: all
	Limit      int      // most lines, 1 to MaxLines; 0: MaxLines
	After      *Place   // the line behind which to begin, for paging; nil: at the newest
}

// Place is where a line stands in the order of lines: newest session end first, then session id and supplier.
type Place struct {
	EndHeight int64
	Key
}

// Place is where the line stands.
func (l Line) Place() Place { return Place{l.EndHeight, l.Key} }

// where is the filter's condition on a table with session_id, supplier and end_height.
func (f Filter) where() string {
	conditions := []string{"end_height >= {from:Int64}", "end_height <= {to:Int64}"}
	if f.Session != "" {
		conditions = append(conditions, "session_id = {session:String}")
	}
	if len(f.Suppliers) > 0 {
		conditions = append(conditions, "supplier IN {only:Array(String)}")
	}
	return strings.Join(conditions, " AND ")
}

// behind is the condition on a line's place.
func (f Filter) behind() string {
	if f.After == nil {
		return "true"
	}
	return "(ends < {after_end:Int64} OR (ends = {after_end:Int64} AND (session_id, supplier) > ({after_session:String}, {after_supplier:String})))"
}

// args are the parameters that where and behind name.
func (f Filter) args() []any {
	to, limit := f.ToHeight, f.Limit
	if to <= 0 {
		to = 1<<63 - 1
	}
	if limit <= 0 || limit > MaxLines {
		limit = MaxLines
	}
	after := Place{}
	if f.After != nil {
		after = *f.After
	}
	only := append([]string{}, f.Suppliers...)
	return []any{
		clickhouse.Named("from", f.FromHeight), clickhouse.Named("to", to),
		clickhouse.Named("session", f.Session), clickhouse.Named("only", only),
		clickhouse.Named("limit", limit), clickhouse.Named("after_end", after.EndHeight),
		clickhouse.Named("after_session", after.Session), clickhouse.Named("after_supplier", after.Supplier),
	}
}
