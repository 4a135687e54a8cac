package analytics

import (
	"log/slog"
	"reflect"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/ch"
	"github.com/lodeworks/lode/services/kit/ch/chtest"
)

// tagged are the columns that a row fills.
func tagged(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		if f := t.Field(i); f.Anonymous {
			names = append(names, tagged(f.Type)...)
		} else {
			names = append(names, f.Tag.Get("ch"))
		}
	}
	return names
}

// Every row fills every column of its table, and every table and column says what it is.
func TestRowsFillTheirTables(t *testing.T) {
	cfg, conn := chtest.Start(t)
	require.NoError(t, Migrate(t.Context(), cfg, slog.New(slog.DiscardHandler)))
	require.NoError(t, Migrate(t.Context(), cfg, slog.New(slog.DiscardHandler)), "a second start finds nothing to do")
	rows := []ch.Row{&blockRow{}, &txRow{}, &eventRow{}, &relayRow{}, &sessionRow{}, &obligationRow{}, &claimRow{}, &proofRow{},
		&failureRow{}, &settlementRow{}, &shareRow{}, &actorRow{}, &serviceRow{}, &difficultyRow{}, &paramSeenRow{}, &paramUpdateRow{},
		&supplyRow{}, &supplySeenRow{}, &balanceRow{}, &feeRow{}, &claimMessageRow{}, &submissionRow{}, &reimbursementRow{}, &batchRow{},
		&validatorRow{}, &fallbackRow{}, &markRow{}, &refusedRow{}}
	summed := []string{"relay_minutes", "relay_hours", "session_logs", "rollups"} // filled by queries
	for _, row := range rows {
		columns, err := records(t.Context(), conn, `SELECT name, comment, default_kind FROM system.columns
WHERE database = currentDatabase() AND table = {table:String}`, clickhouse.Named("table", row.Table()))
		require.NoError(t, err)
		var names []string
		for _, c := range columns {
			if c["default_kind"] == "" {
				names = append(names, c["name"].(string))
			}
			require.NotEmpty(t, c["comment"], "%s.%s", row.Table(), c["name"])
		}
		require.ElementsMatch(t, names, tagged(reflect.TypeOf(row).Elem()), row.Table())
	}
	tables, err := records(t.Context(), conn, `SELECT name, comment, engine FROM system.tables
WHERE database = currentDatabase() AND name NOT LIKE 'goose%'`)
	require.NoError(t, err)
	require.Len(t, tables, len(rows)+len(summed))
	for _, table := range tables {
		require.NotEmpty(t, table["comment"], table["name"])
		require.Equal(t, "ReplacingMergeTree", table["engine"], table["name"])
	}
}
