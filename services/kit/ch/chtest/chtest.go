package chtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/ch"
)

// engine is the process that all tests of a binary share.
var engine struct {
	once sync.Once
	dsn  string
	err  error
	stop func()
}

// databases numbers the tests' databases.
var databases atomic.Uint64

// Main runs a package's tests and stops the engine after them: call it from TestMain.
func Main(m *testing.M) {
	code := m.Run()
	if engine.stop != nil {
		engine.stop()
	}
	os.Exit(code)
}

// Start returns the configuration of a new, empty database, and a connection to it that ends with the test.
func Start(t testing.TB) (ch.Config, driver.Conn) {
	t.Helper()
	engine.once.Do(startEngine)
	require.NoError(t, engine.err, "start the engine")
	cfg := ch.Default()
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), databases.Add(1))
	cfg.DSN = engine.dsn + "/default"
	admin := dial(t, cfg)
	require.NoError(t, admin.Exec(t.Context(), "CREATE DATABASE "+name))
	t.Cleanup(func() {
		if err := admin.Exec(context.WithoutCancel(t.Context()), "DROP DATABASE "+name); err != nil {
			t.Logf("database %s is left behind: %v", name, err)
		}
		_ = admin.Close()
	})
	cfg.DSN = engine.dsn + "/" + name
	conn := dial(t, cfg)
	t.Cleanup(func() { _ = conn.Close() })
	return cfg, conn
}

func dial(t testing.TB, cfg ch.Config) driver.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	conn, err := ch.Connect(ctx, cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	return conn
}

func startEngine() {
	if engine.dsn = os.Getenv("LODE_CLICKHOUSE_DSN"); engine.dsn != "" {
		return
	}
	dir, err := os.MkdirTemp("", "lode-chtest-")
	if err != nil {
		engine.err = err
		return
	}
	remove := func() { _ = os.RemoveAll(dir) }
	engine.stop = remove
	binary, err := find(dir)
	if err != nil {
		engine.err = err
		return
	}
	cmd := exec.Command(binary, "-data", filepath.Join(dir, "data"), "-listen", "127.0.0.1:0")
	cmd.Stderr = io.Discard
	address, err := launch(cmd)
	if err != nil {
		engine.err = err
		return
	}
	engine.dsn = "http://" + address
	engine.stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		remove()
	}
}

// launch starts the engine and reads its address from the first line that it prints.
func launch(cmd *exec.Cmd) (string, error) {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		_ = cmd.Process.Kill()
		return "", fmt.Errorf("%s did not say where it listens, is libchdb installed (make deps)? said %q: %w", cmd.Path, line, errors.Join(err, cmd.Wait()))
	}
	return address, nil
}

// find returns the engine's binary, built into dir when none is named.
func find(dir string) (string, error) {
	if named := os.Getenv("LODE_CHLOCAL"); named != "" {
		return named, nil
	}
	tools, err := toolsFolder()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "chlocal")
	build := exec.Command("go", "build", "-o", binary, "./cmd/chlocal")
	build.Dir = tools
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build chlocal: %w: %s", err, out)
	}
	return binary, nil
}

// toolsFolder is the tools module beside the one that is tested.
func toolsFolder() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		tools := filepath.Join(dir, "tools")
		if _, err := os.Stat(filepath.Join(tools, "cmd", "chlocal")); err == nil {
			return tools, nil
		}
	}
	return "", fmt.Errorf("no tools/cmd/chlocal above the working folder")
}
