package ch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/pressly/goose/v3"
)

// Migrate applies the migrations in files that the database has not seen yet, in order, and returns how many. Each
// statement must be harmless when it is repeated (IF NOT EXISTS): ClickHouse has no transactions for tables, so a
// crash can leave half of a migration behind, and two processes may migrate at once.
func Migrate(ctx context.Context, cfg Config, files fs.FS) (applied int, err error) {
	o, err := cfg.options()
	if err != nil {
		return 0, err
	}
	db := clickhouse.OpenDB(o)
	defer func() { err = errors.Join(err, db.Close()) }()
	if cfg.Cluster != "" {
		if _, err := db.ExecContext(ctx, OnCluster(sqlVersions, cfg.Cluster)); err != nil {
			return 0, fmt.Errorf("make the table of migrations: %w", err)
		}
	}
	provider, err := goose.NewProvider(goose.DialectClickHouse, db, clustered{files, cfg.Cluster})
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return len(results), fmt.Errorf("migrate clickhouse: %w", err)
	}
	return len(results), nil
}
