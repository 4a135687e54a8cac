package stack_test

import (
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/ch"
	"github.com/lodeworks/lode/tools/backup"
	"github.com/lodeworks/lode/tools/secrets"
	"github.com/lodeworks/lode/tools/stack"
)

// A stack goes on from a restored bus and a restored ClickHouse: what was settled before the backup is the same to the
// unit, and what comes is added to it.
func TestRestoredStackGoesOn(t *testing.T) {
	o := options(t)
	first := run(t, o, nil)
	dir := t.TempDir()

	stopBus := restartBus(t, o)
	store, stopStore := restartClickHouse(t, o.Bin, filepath.Join(o.Dir, "clickhouse"), o.Ports.ClickHouse)
	b := dial(t, o)
	require.NoError(t, backup.Bus(t.Context(), b, dir, func(string, int64) {}))
	require.NoError(t, backup.ClickHouse(t.Context(), store, dir, func(string, int64) {}))
	b.Close()
	stopBus()
	stopStore()

	for _, lost := range []string{"bus", "clickhouse"} {
		require.NoError(t, os.RemoveAll(filepath.Join(o.Dir, lost)))
		require.NoError(t, os.Mkdir(filepath.Join(o.Dir, lost), 0o700))
	}
	stopBus = restartBus(t, o)
	store, stopStore = restartClickHouse(t, o.Bin, filepath.Join(o.Dir, "clickhouse"), o.Ports.ClickHouse)
	require.NoError(t, backup.RestoreClickHouse(t.Context(), store, dir, func(string) {}))
	b = dial(t, o)
	require.NoError(t, backup.RestoreBus(t.Context(), b, dir, func(string) {}))
	b.Close()
	stopBus()
	stopStore()

	both := run(t, o, nil) // its ledger balances, and agrees with the chain
	require.Equal(t, both.Served, both.Settled)
	require.GreaterOrEqual(t, both.Served-first.Served, uint64(relays))
	require.LessOrEqual(t, both.Served-first.Served, uint64(relays+both.Unanswered))
	require.Equal(t, first.Earned*both.Served, both.Earned*first.Served, "every relay earns the same")
}

func dial(t *testing.T, o stack.Options) *bus.Bus {
	t.Helper()
	b, err := bus.Connect(t.Context(), o.Bus(secrets.Operator), secrets.Operator, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	return b
}

// restartBus starts a server with the keys of a stack, on its folder.
func restartBus(t *testing.T, o stack.Options) (stop func()) {
	t.Helper()
	s, err := bus.EmbeddedSecured(filepath.Join(o.Dir, "bus"), o.Ports.Bus, secrets.Door(o.SecretsDir()))
	require.NoError(t, err)
	return func() { s.Shutdown(); s.WaitForShutdown() }
}

// restartClickHouse starts the engine on a folder that a stack has used.
func restartClickHouse(t *testing.T, bin, dir string, port int) (cfg ch.Config, stop func()) {
	t.Helper()
	engine := exec.Command(filepath.Join(bin, "chlocal"), "-data", dir, "-listen", fmt.Sprintf("127.0.0.1:%d", port))
	require.NoError(t, engine.Start())
	cfg = ch.Default()
	cfg.DSN = fmt.Sprintf("http://127.0.0.1:%d/default", port)
	conn, err := ch.Connect(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	return cfg, func() {
		require.NoError(t, engine.Process.Signal(os.Interrupt))
		_ = engine.Wait()
	}
}
