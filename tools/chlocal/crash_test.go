package chlocal_test

import (
	"bufio"
	"context"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/chlocal"
)

// child is chlocal in a process of its own, for tests that end it roughly.
type child struct {
	cmd  *exec.Cmd
	addr string
}

// buildMain compiles the command once per test.
func buildMain(t *testing.T) string {
	t.Helper()
	path := t.TempDir() + "/chlocal"
	out, err := exec.Command("go", "build", "-o", path, "../cmd/chlocal").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

func startChild(t *testing.T, main, dir string) *child {
	t.Helper()
	lib, err := chlocal.FindLibrary("")
	require.NoError(t, err)
	cmd := exec.Command(main, "-data", dir, "-listen", "127.0.0.1:0", "-lib", lib)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	return &child{cmd: cmd, addr: strings.TrimSpace(strings.TrimPrefix(line, "listening on "))}
}

func (c *child) end(t *testing.T, signal syscall.Signal) error {
	t.Helper()
	require.NoError(t, c.cmd.Process.Signal(signal))
	return c.cmd.Wait()
}

// Every batch whose Send returned is there after kill -9, three times over, and
// the same tokens are still known afterwards.
func TestKillLosesNothingAnswered(t *testing.T) {
	main, dir, ctx := buildMain(t), t.TempDir(), context.Background()
	var answered uint64
	for round := range uint64(3) {
		c := startChild(t, main, dir)
		conn, err := clickhouse.Open(options(c.addr, "default"))
		require.NoError(t, err)
		require.NoError(t, conn.Exec(ctx, `CREATE TABLE IF NOT EXISTS big (id UInt64, name String) ENGINE = ReplacingMergeTree ORDER BY id
			SETTINGS non_replicated_deduplication_window = 1000`))
		require.Equal(t, answered, count(t, conn, "big"))
		for i := range uint64(20) {
			insertRange(t, conn, tokenContext(round, i), answered, answered+100)
			answered += 100
		}
		require.Error(t, c.end(t, syscall.SIGKILL))
		require.NoError(t, conn.Close())
	}
	c := startChild(t, main, dir)
	conn := dial(t, options(c.addr, "default"))
	insertRange(t, conn, tokenContext(2, 19), answered-100, answered)
	require.Equal(t, answered, count(t, conn, "big"), "a token from before the kill is still known")
}

func tokenContext(round, i uint64) context.Context {
	token := "round-" + string(rune('0'+round)) + "-" + string(rune('a'+i))
	return clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": token}))
}

// A signal ends the process with status 0, and everything is there afterwards:
// rows in "default", rows elsewhere, and a database still without tables.
func TestSignalsEndCleanlyAndKeepData(t *testing.T) {
	main, dir, ctx := buildMain(t), t.TempDir(), context.Background()
	for round, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGINT} {
		c := startChild(t, main, dir)
		conn, err := clickhouse.Open(options(c.addr, "default"))
		require.NoError(t, err)
		require.NoError(t, conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS own"))
		for _, table := range []string{"default.kept", "own.kept"}[:min(round, 2)] {
			require.NoError(t, conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS "+table+" (x UInt64) ENGINE = MergeTree ORDER BY x"))
			require.NoError(t, conn.Exec(ctx, "INSERT INTO "+table+" VALUES (?)", round))
		}
		require.NoError(t, c.end(t, signal))
		require.NoError(t, conn.Close())
	}
	conn := dial(t, options(startChild(t, main, dir).addr, "default"))
	require.Equal(t, uint64(2), count(t, conn, "default.kept"))
	require.Equal(t, uint64(1), count(t, conn, "own.kept"))
}

// In the command's database "default" only tables are tables.
func TestDefaultDatabaseShowsNoFiles(t *testing.T) {
	c := startChild(t, buildMain(t), t.TempDir())
	conn := dial(t, options(c.addr, "default"))
	require.Equal(t, int32(60), exceptionCode(t, conn.Exec(context.Background(), "DESCRIBE TABLE doc")))
	require.Equal(t, int32(60), exceptionCode(t, conn.Exec(context.Background(), "SELECT * FROM `doc.go`")))
	rows, err := conn.Query(context.Background(), "SHOW TABLES")
	require.NoError(t, err)
	require.False(t, rows.Next())
}

func TestSecondProcessIsRefused(t *testing.T) {
	out, err := exec.Command(buildMain(t), "-data", dataDir, "-listen", "127.0.0.1:0").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), chlocal.ErrInUse.Error())
}
