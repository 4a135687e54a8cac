package chlocal_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/chlocal"
)

func exceptionCode(t *testing.T, err error) int32 {
	t.Helper()
	var ex *clickhouse.Exception
	require.ErrorAs(t, err, &ex)
	return ex.Code
}

func TestErrorsKeepTheirCodes(t *testing.T) {
	for _, c := range []struct {
		name, query string
		code        int32
		status      int
	}{
		{"unknown table", "SELECT * FROM nothing_here", 60, http.StatusNotFound},
		{"describe unknown table", "DESCRIBE TABLE nothing_here", 60, http.StatusNotFound},
		{"unknown column", "SELECT nothing", 47, http.StatusNotFound},
		{"unknown function", "SELECT no_such_function(1)", 46, http.StatusNotFound},
		{"unknown database", "SELECT * FROM nodb.t", 81, http.StatusNotFound},
		{"syntax", "SELEC 1", 62, http.StatusBadRequest},
		{"two statements", "SELECT 1; SELECT 2", 62, http.StatusBadRequest},
		{"empty", " -- nothing", 62, http.StatusBadRequest},
		{"table exists", "CREATE TABLE system.one (x UInt8) ENGINE = Memory", 57, http.StatusInternalServerError},
		{"bad value", "SELECT toUInt8('x')", 6, http.StatusBadRequest},
		{"bad row", "INSERT INTO FUNCTION null('x UInt8') FORMAT CSV\nnope", 117, http.StatusBadRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			database := newDatabase(t)
			for _, method := range []clickhouse.CompressionMethod{clickhouse.CompressionNone, clickhouse.CompressionLZ4} {
				conn := dial(t, withCompression(options(shared.Addr(), database), method))
				err := conn.Exec(context.Background(), c.query)
				require.Equal(t, c.code, exceptionCode(t, err), "%v", err)
				var he *clickhouse.HTTPError
				require.ErrorAs(t, err, &he)
				require.Equal(t, c.status, he.StatusCode)
				require.NoError(t, conn.Ping(context.Background()), "the next request is not touched")
				_, err = conn.Query(context.Background(), c.query)
				require.Equal(t, c.code, exceptionCode(t, err), "%v", err)
			}
		})
	}
}

func TestUnknownSetting(t *testing.T) {
	conn := open(t)
	ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"no_such_setting": 1}))
	require.Equal(t, int32(115), exceptionCode(t, conn.Exec(ctx, "SELECT 1")))
}

func TestUnknownDatabaseInDSN(t *testing.T) {
	conn := dial(t, options(shared.Addr(), "no_such_database"))
	require.Equal(t, int32(81), exceptionCode(t, conn.Exec(context.Background(), "SELECT 1")))
}

func TestBatchInsertErrorLeavesNothing(t *testing.T) {
	conn := open(t)
	ctx := context.Background()
	require.NoError(t, conn.Exec(ctx, "CREATE TABLE c (x UInt64, CONSTRAINT small CHECK x < 10) ENGINE = MergeTree ORDER BY x"))
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO c")
	require.NoError(t, err)
	require.NoError(t, batch.Append(uint64(1)))
	require.NoError(t, batch.Append(uint64(11)))
	require.Equal(t, int32(469), exceptionCode(t, batch.Send()))
	require.Zero(t, count(t, conn, "c"))
}

// A statement whose client goes away is stopped, and its place is free again.
func TestCancelKillsTheStatement(t *testing.T) {
	conn := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	failed := make(chan error, 1)
	go func() { failed <- conn.Exec(ctx, "SELECT count() FROM system.numbers WHERE NOT ignore(rand())") }()
	running := func() bool { return running(t, conn) > 0 }
	require.Eventually(t, running, 10*time.Second, 10*time.Millisecond)
	cancel()
	require.ErrorIs(t, <-failed, context.Canceled)
	require.Eventually(t, func() bool { return !running() }, 10*time.Second, 10*time.Millisecond)
}

func running(t *testing.T, conn clickhouse.Conn) uint64 {
	t.Helper()
	var n uint64
	require.NoError(t, conn.QueryRow(context.Background(),
		"SELECT count() FROM system.processes WHERE query LIKE '%system.numbers WHERE NOT%' AND query NOT LIKE '%processes%'").Scan(&n))
	return n
}

func TestTimeLimit(t *testing.T) {
	conn := open(t)
	ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"max_execution_time": "0.2"}))
	require.Equal(t, int32(159), exceptionCode(t, conn.Exec(ctx, "SELECT count() FROM system.numbers")))
}

func TestResultLimit(t *testing.T) {
	conn := open(t)
	ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"max_result_bytes": 1000000}))
	_, err := conn.Query(ctx, "SELECT number FROM numbers(10000000)")
	require.Equal(t, int32(396), exceptionCode(t, err))
}

func TestBodyLimits(t *testing.T) {
	conn := open(t)
	ctx := context.Background()
	require.NoError(t, conn.Exec(ctx, "CREATE TABLE s (x String) ENGINE = Memory"))
	text := "INSERT INTO s VALUES ('" + strings.Repeat("x", 17<<20) + "')"
	require.Equal(t, int32(307), exceptionCode(t, conn.Exec(ctx, text)), "statement too long")
	for _, m := range []clickhouse.CompressionMethod{clickhouse.CompressionNone, clickhouse.CompressionLZ4, clickhouse.CompressionGZIP} {
		checkDataLimit(t, m)
	}
}

// checkDataLimit sends more data than the server takes; compressed, it is small
// on the wire and only large once decoded.
func checkDataLimit(t *testing.T, method clickhouse.CompressionMethod) {
	ctx := context.Background()
	database := newDatabase(t)
	conn := dial(t, withCompression(options(shared.Addr(), database), method))
	require.NoError(t, conn.Exec(ctx, "CREATE TABLE big (x String) ENGINE = Null"))
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO big")
	require.NoError(t, err)
	require.NoError(t, batch.Append(strings.Repeat("x", 65<<20)))
	require.Equal(t, int32(307), exceptionCode(t, batch.Send()), "under %s", method)
	require.NoError(t, conn.Exec(ctx, "DROP TABLE big SYNC"))
}

func TestOneFolderOneEngine(t *testing.T) {
	_, err := chlocal.Start(context.Background(), testConfig(dataDir))
	require.ErrorIs(t, err, chlocal.ErrInUse)
}

func TestMissingLibrarySaysWhatToDo(t *testing.T) {
	cfg := testConfig(t.TempDir())
	cfg.Library = t.TempDir() + "/libchdb.so"
	_, err := chlocal.Start(context.Background(), cfg)
	require.ErrorIs(t, err, chlocal.ErrNotInstalled)
	require.ErrorContains(t, err, "make deps")
}

func TestConfigFaultsAllAtOnce(t *testing.T) {
	err := chlocal.Config{Listen: "0.0.0.0:1"}.Validate()
	require.Error(t, err)
	for _, want := range []string{"DataDir", "MaxBodyBytes", "MaxQueryBytes", "MaxResultBytes", "MaxQueryTime", "MaxConcurrent", "loopback"} {
		require.ErrorContains(t, err, want)
	}
	cfg := testConfig("x")
	require.NoError(t, cfg.Validate())
	cfg.Listen, cfg.AllowRemote = "0.0.0.0:0", true
	require.NoError(t, cfg.Validate())
}
