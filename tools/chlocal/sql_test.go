package chlocal_test

import (
	"context"
	"database/sql"
	"testing"
	"testing/fstest"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"
)

func openSQL(t *testing.T) *sql.DB {
	t.Helper()
	db := clickhouse.OpenDB(options(shared.Addr(), newDatabase(t)))
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func TestDatabaseSQL(t *testing.T) {
	db, ctx := openSQL(t), context.Background()
	require.NoError(t, db.PingContext(ctx))
	_, err := db.ExecContext(ctx, "CREATE TABLE x (id UInt64, s Nullable(String)) ENGINE = MergeTree ORDER BY id")
	require.NoError(t, err)
	insertBySQL(t, db)
	_, err = db.ExecContext(ctx, "INSERT INTO x VALUES (?, ?)", 3, "three; not four")
	require.NoError(t, err)
	var s sql.NullString
	require.NoError(t, db.QueryRowContext(ctx, "SELECT s FROM x WHERE id = ?", 3).Scan(&s))
	require.Equal(t, "three; not four", s.String)
	require.NoError(t, db.QueryRowContext(ctx, "SELECT s FROM x WHERE id = {id:UInt64}", clickhouse.Named("id", 2)).Scan(&s))
	require.False(t, s.Valid)
	require.ErrorIs(t, db.QueryRowContext(ctx, "SELECT s FROM x WHERE id = 99").Scan(&s), sql.ErrNoRows)
}

// insertBySQL inserts as database/sql does batches: a statement in a transaction.
func insertBySQL(t *testing.T, db *sql.DB) {
	t.Helper()
	tx, err := db.Begin()
	require.NoError(t, err)
	stmt, err := tx.Prepare("INSERT INTO x")
	require.NoError(t, err)
	_, err = stmt.Exec(uint64(1), "one")
	require.NoError(t, err)
	_, err = stmt.Exec(uint64(2), nil)
	require.NoError(t, err)
	require.NoError(t, tx.Commit())
}

// The DSN alone decides which ClickHouse is spoken to.
func TestDSN(t *testing.T) {
	db, err := sql.Open("clickhouse", shared.DSN("default"))
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	var name string
	require.NoError(t, db.QueryRow("SELECT currentDatabase()").Scan(&name))
	require.Equal(t, "default", name)
}

func TestGooseMigrations(t *testing.T) {
	steps := fstest.MapFS{
		"0001_relays.sql": {Data: []byte("-- +goose Up\nCREATE TABLE relays (id UInt64 COMMENT 'relay; by hash') ENGINE = MergeTree ORDER BY id;\n" +
			"INSERT INTO relays VALUES (1);\n-- +goose Down\nDROP TABLE relays;\n")},
		"0002_model.sql": {Data: []byte("-- +goose Up\nALTER TABLE relays ADD COLUMN model LowCardinality(String) DEFAULT 'none';\n" +
			"-- +goose Down\nALTER TABLE relays DROP COLUMN model;\n")},
	}
	db, ctx := openSQL(t), context.Background()
	provider, err := goose.NewProvider(goose.DialectClickHouse, db, steps)
	require.NoError(t, err)
	first, err := provider.Up(ctx)
	require.NoError(t, err)
	require.Len(t, first, 2)
	again, err := provider.Up(ctx)
	require.NoError(t, err)
	require.Empty(t, again)
	var model string
	require.NoError(t, db.QueryRow("SELECT model FROM relays").Scan(&model))
	require.Equal(t, "none", model)
	_, err = provider.DownTo(ctx, 0)
	require.NoError(t, err)
	version, err := provider.GetDBVersion(ctx)
	require.NoError(t, err)
	require.Zero(t, version)
}
