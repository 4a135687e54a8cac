package ch_test

import (
	"math/big"
	"testing"
	"testing/fstest"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/ch"
	"github.com/lodeworks/lode/services/kit/ch/chtest"
)

func TestMain(m *testing.M) { chtest.Main(m) }

type key struct {
	Name string `ch:"name"`
}

type row struct {
	key
	Amount *big.Int `ch:"amount"`
	Hash   string   `ch:"hash"`
	note   string   // no column
}

func (*row) Table() string { return "things" }

var files = fstest.MapFS{"0001_things.sql": {Data: []byte(`-- +goose Up
CREATE TABLE IF NOT EXISTS things
(
    name String,
    amount UInt128,
    hash FixedString(4)
)
ENGINE = ReplacingMergeTree -- equal keys are one row; a comment in a statement
ORDER BY name;
-- +goose Down
DROP TABLE IF EXISTS things;
`)}}

func TestMigrateOnceAndInsertTwice(t *testing.T) {
	cfg, conn := chtest.Start(t)
	for _, want := range []int{1, 0} {
		applied, err := ch.Migrate(t.Context(), cfg, files)
		require.NoError(t, err)
		require.Equal(t, want, applied)
	}
	big128 := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(1))
	rows := []ch.Row{&row{key{"a"}, big128, "\x00\xff\x01\x02", ""}, &row{key{"b"}, big.NewInt(7), "abcd", "x"}}
	for range 2 {
		require.NoError(t, ch.Insert(t.Context(), conn, rows))
	}
	var count uint64
	var hash string
	got := new(big.Int)
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(), max(amount), any(hash) FROM things FINAL WHERE name = {name:String}",
		clickhouse.Named("name", "a")).Scan(&count, got, &hash))
	require.Equal(t, uint64(1), count)
	require.Equal(t, big128, got)
	require.Equal(t, "\x00\xff\x01\x02", hash)
}

func TestInsertNamesTheTable(t *testing.T) {
	_, conn := chtest.Start(t)
	err := ch.Insert(t.Context(), conn, []ch.Row{&row{}})
	require.ErrorContains(t, err, "insert 1 rows into things")
	require.NoError(t, ch.Insert(t.Context(), conn, nil))
}

func TestConfigNamesEveryFault(t *testing.T) {
	require.NoError(t, ch.Default().Validate())
	err := ch.Config{DSN: "http://user:secret@host:1/db", PasswordFile: "/does/not/exist"}.Validate()
	for _, fault := range []string{"must not hold a password", "password_file", "timeout"} {
		require.ErrorContains(t, err, fault)
	}
	require.NotContains(t, err.Error(), "secret")
	require.ErrorContains(t, ch.Config{DSN: ch.Default().DSN, Cluster: "a'b"}.Validate(), "clickhouse.cluster")
	require.ErrorContains(t, ch.Config{DSN: "ftp://x"}.Validate(), "clickhouse.dsn")
}
