package ledger

import (
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// MaxLines is the most lines of one Query.
const MaxLines = 500

// Filter chooses lines; the zero value chooses the newest MaxLines.
type Filter struct {
	Session    string // one session; empty: all
	Supplier   string // one operator address; empty: all
	FromHeight int64  // sessions that end at this height or later; 0: all
	ToHeight   int64  // sessions that end at this height or earlier; 0: all
	Limit      int    // most lines, 1 to MaxLines; 0: MaxLines
	Offset     int    // lines to skip, for paging
}

// where is the filter's condition on a table with session_id, supplier and end_height.
func (f Filter) where() string {
	conditions := []string{"end_height >= {from:Int64}", "end_height <= {to:Int64}"}
	if f.Session != "" {
		conditions = append(conditions, "session_id = {session:String}")
	}
	if f.Supplier != "" {
		conditions = append(conditions, "supplier = {supplier:String}")
	}
	return strings.Join(conditions, " AND ")
}

// args are the parameters that where and page name.
func (f Filter) args() []any {
	to, limit := f.ToHeight, f.Limit
	if to <= 0 {
		to = 1<<63 - 1
	}
	if limit <= 0 || limit > MaxLines {
		limit = MaxLines
	}
	return []any{
		clickhouse.Named("from", f.FromHeight), clickhouse.Named("to", to),
		clickhouse.Named("session", f.Session), clickhouse.Named("supplier", f.Supplier),
		clickhouse.Named("limit", limit), clickhouse.Named("offset", max(f.Offset, 0)),
	}
}
