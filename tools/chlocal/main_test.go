package chlocal_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/chlocal"
)

// shared is the one server that a process can have.
var shared *chlocal.Server

// databases counts those made by newDatabase.
var databases atomic.Uint64

// dataDir is shared's folder.
var dataDir string

func TestMain(m *testing.M) {
	os.Exit(runWithServer(m))
}

func runWithServer(m *testing.M) int {
	dir, err := os.MkdirTemp("", "chlocal")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	dataDir = dir
	if shared, err = chlocal.Start(context.Background(), testConfig(dir)); err != nil {
		fmt.Fprintln(os.Stderr, err) // says "run make deps" when that is why
		return 1
	}
	code := m.Run()
	if err := shared.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func testConfig(dir string) chlocal.Config {
	cfg := chlocal.Default()
	cfg.DataDir, cfg.Listen = dir, "127.0.0.1:0"
	cfg.MaxBodyBytes = 64 << 20
	cfg.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	return cfg
}

// options are what a production client would use, for a database.
func options(addr, database string) *clickhouse.Options {
	return &clickhouse.Options{
		Protocol: clickhouse.HTTP,
		Addr:     []string{addr},
		Auth:     clickhouse.Auth{Database: database, Username: "default"},
	}
}

// open gives a client on a new database named after the test.
func open(t testing.TB, change ...func(*clickhouse.Options)) driver.Conn {
	t.Helper()
	opt := options(shared.Addr(), newDatabase(t))
	for _, c := range change {
		c(opt)
	}
	return dial(t, opt)
}

func dial(t testing.TB, opt *clickhouse.Options) driver.Conn {
	t.Helper()
	conn, err := clickhouse.Open(opt)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

// newDatabase makes an empty database that is dropped when the test ends.
func newDatabase(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("t_%d", databases.Add(1))
	root := dial(t, options(shared.Addr(), "default"))
	require.NoError(t, root.Exec(context.Background(), "CREATE DATABASE `"+name+"`"))
	t.Cleanup(func() {
		conn, err := clickhouse.Open(options(shared.Addr(), "default"))
		require.NoError(t, err)
		require.NoError(t, conn.Exec(context.Background(), "DROP DATABASE `"+name+"` SYNC"))
		require.NoError(t, conn.Close())
	})
	return name
}

// count is the number of rows in a table.
func count(t testing.TB, conn driver.Conn, table string) uint64 {
	t.Helper()
	var n uint64
	require.NoError(t, conn.QueryRow(context.Background(), "SELECT count() FROM "+table).Scan(&n))
	return n
}
