package analytics

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// keepRelays sets for how many days the store keeps relays; 0: for good. What sums and the ledger need of them is kept in
// tables of its own, and a sum is never replaced by one of fewer relays.
func keepRelays(ctx context.Context, conn driver.Conn, days int, log *slog.Logger) error {
	var engine string
	if err := conn.QueryRow(ctx, "SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = 'relays'").Scan(&engine); err != nil {
		return fmt.Errorf("ask how long relays are kept: %w", err)
	}
	want := fmt.Sprintf("TTL stored_at + toIntervalDay(%d)", days)
	change := "ALTER TABLE relays MODIFY " + want
	switch is := strings.Contains(engine, "TTL "); {
	case days == 0 && !is, days > 0 && strings.Contains(engine, want+" "):
		return nil
	case days == 0:
		change = "ALTER TABLE relays REMOVE TTL"
	}
	if err := conn.Exec(ctx, change); err != nil {
		return fmt.Errorf("set how long relays are kept: %w", err)
	}
	log.Info("relays are kept for another time than before", "days", days)
	return nil
}
