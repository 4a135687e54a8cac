package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/conf"
)

const (
	patience = 20 * time.Second
	often    = time.Millisecond
)

// sample is a configuration of which rate can change while the service runs, and name can't.
type sample struct {
	Observability Config         `koanf:"observe"`
	Name          string         `koanf:"name"`
	Rate          int            `koanf:"rate"`
	Parts         map[string]int `koanf:"parts"`
}

func (c sample) Observe() Config { return c.Observability }

func (c sample) Validate() error {
	errs := []error{c.Observability.Validate()}
	if c.Rate < 0 {
		errs = append(errs, errors.New("rate: must not be negative"))
	}
	if c.Name == "" {
		errs = append(errs, errors.New("name: is needed"))
	}
	return errors.Join(errs...)
}

// able is a service that takes a rate and parts.
type able struct {
	mu    sync.Mutex
	took  []sample
	fails error
}

func (*able) Run(ctx context.Context) error { <-ctx.Done(); return nil }

func (a *able) Reload(_ context.Context, cfg sample) (sample, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fails != nil {
		return sample{}, a.fails
	}
	cfg.Name = "first"
	a.took = append(a.took, cfg)
	return cfg, nil
}

func (a *able) last() sample {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.took) == 0 {
		return sample{}
	}
	return a.took[len(a.took)-1]
}

// still is one that takes nothing.
type still struct{}

func (still) Run(ctx context.Context) error { <-ctx.Done(); return nil }

// lines is a log.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// count tells how many lines have all the parts.
func (l *lines) count(parts ...string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.text.String()) {
		all := true
		for _, p := range parts {
			all = all && strings.Contains(line, p)
		}
		if all {
			n++
		}
	}
	return n
}

const first = "name: first\nrate: 1\nparts: {a: 1, b: 2}\nobserve: {listen: '127.0.0.1:0', log_level: info}\n"

// watched is the reloading of a service, on a file that looks are taken at all the time.
func watched(t *testing.T, service Service) (file string, r *reloading[sample], log *lines, asked chan os.Signal) {
	file = filepath.Join(t.TempDir(), "c.yaml")
	require.NoError(t, os.WriteFile(file, []byte(first), 0o600))
	source := conf.NewSource("sample", sample{}, file)
	cfg, err := source.Read()
	require.NoError(t, err)
	kit, err := NewKit(t.Context(), "sample", cfg.Observe())
	require.NoError(t, err)
	log = new(lines)
	kit.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: kit.level}))
	r = newReloading(cfg, source, service, kit)
	r.every, asked = often, make(chan os.Signal, 1)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); r.watch(ctx, asked) }()
	t.Cleanup(func() { stop(); <-done })
	return file, r, log, asked
}

// put replaces a file at once: looks come so often here that half of one would count.
func put(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(file+".new", []byte(text), 0o600))
	require.NoError(t, os.Rename(file+".new", file))
}

// TestReload: a change of the file is taken; one that cannot be used is said once, with all its faults, and changes nothing.
func TestReload(t *testing.T) {
	a := new(able)
	file, r, log, _ := watched(t, a)
	before := testutil.ToFloat64(r.metrics.loaded)
	require.NotZero(t, before)
	put(t, file, strings.Replace(first, "rate: 1\nparts: {a: 1, b: 2}", "rate: 2\nparts: {b: 3}", 1))
	require.Eventually(t, func() bool { return a.last().Rate == 2 }, patience, often)
	require.Equal(t, map[string]int{"b": 3}, a.last().Parts, "what is gone from the file is gone")
	require.Eventually(t, func() bool { return log.count("level=INFO", `changed="[parts rate]"`) == 1 }, patience, often)

	put(t, file, "name: ''\nrate: -1\nobserve: {listen: nowhere, log_level: info}\n")
	require.Eventually(t, func() bool { return testutil.ToFloat64(r.metrics.failed) == 1 }, patience, often)
	put(t, file, "raet: 1\n")
	require.Eventually(t, func() bool { return log.count("level=ERROR", "raet") == 1 }, patience, often)
	put(t, file, "rate: [")
	require.Eventually(t, func() bool { return log.count("level=ERROR", "parse configuration") == 1 }, patience, often)
	require.NoError(t, os.Remove(file))
	require.Eventually(t, func() bool { return log.count("level=ERROR", "read configuration") == 1 }, patience, often)
	require.Equal(t, 1, log.count("level=ERROR", "observe.listen", "rate: must not", "name: is needed"), "all faults in one line")
	require.Equal(t, 4, log.count("level=ERROR"))
	require.Len(t, a.took, 1)

	put(t, file, strings.Replace(first, "rate: 1", "rate: 3", 1))
	require.Eventually(t, func() bool { return a.last().Rate == 3 }, patience, often)
	require.Eventually(t, func() bool { return testutil.ToFloat64(r.metrics.failed) == 0 }, patience, often)
}

// TestReloadWhatCannotChange: keys that need a restart are named; what else is new counts, the log's level too.
func TestReloadWhatCannotChange(t *testing.T) {
	for name, service := range map[string]Service{"able": new(able), "still": still{}} {
		t.Run(name, func(t *testing.T) {
			file, r, log, _ := watched(t, service)
			put(t, file, "name: second\nrate: 2\nobserve: {listen: '127.0.0.1:1', log_level: debug}\n")
			keys, waiting := "keys=[name]", 1.0
			if name == "still" {
				keys, waiting = `keys="[name observe.listen parts rate]"`, 4
			}
			require.Eventually(t, func() bool { return log.count("level=WARN", "need a restart", keys) == 1 }, patience, often)
			require.InDelta(t, waiting, testutil.ToFloat64(r.metrics.waiting), 0)
			require.True(t, r.kit.Log.Enabled(t.Context(), slog.LevelDebug))
			put(t, file, first)
			require.Eventually(t, func() bool { return testutil.ToFloat64(r.metrics.waiting) == 0 }, patience, often)
			require.False(t, r.kit.Log.Enabled(t.Context(), slog.LevelDebug))
			require.Equal(t, 1, log.count("level=WARN"))
		})
	}
}

// TestReloadRefused: what the service itself refuses changes nothing, the log's level neither.
func TestReloadRefused(t *testing.T) {
	a := &able{fails: errors.New("no such backend")}
	file, r, log, _ := watched(t, a)
	put(t, file, strings.Replace(first, "info", "debug", 1))
	require.Eventually(t, func() bool { return log.count("level=ERROR", "no such backend") == 1 }, patience, often)
	require.False(t, r.kit.Log.Enabled(t.Context(), slog.LevelDebug))
	require.Equal(t, "first", r.inForce.Name)
}

// TestSIGHUP: the signal reads again what has not changed, too: the files that it names may have. The service goes on.
func TestSIGHUP(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	put(t, file, first)
	source := conf.NewSource("sample", sample{}, file)
	cfg, err := source.Read()
	require.NoError(t, err)
	a, opened := new(able), make(chan Kit, 1)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- Start(ctx, "sample", cfg, source, func(_ context.Context, _ sample, k Kit) (*able, error) { opened <- k; return a, nil })
	}()
	<-opened // the signal is heard from before that
	require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
	require.Eventually(t, func() bool { return a.last().Rate == 1 }, patience, often)
	stop()
	require.NoError(t, <-done)
}

// TestPages: a service's own pages are beside the shell's.
func TestPages(t *testing.T) {
	cfg := Config{Listen: "127.0.0.1:0", LogLevel: "info"}
	kit, err := NewKit(t.Context(), "sample", cfg)
	require.NoError(t, err)
	log := new(lines)
	kit.Log = slog.New(slog.NewTextHandler(log, nil))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- serveObserve(ctx, cfg, kit) }()
	require.Eventually(t, func() bool { return log.count("listening") == 1 }, patience, often)
	kit.Pages.HandleFunc("GET /own", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "own") })
	var address string
	_, err = fmt.Sscanf(log.text.String()[strings.Index(log.text.String(), "address="):], "address=%s", &address)
	require.NoError(t, err)
	for path, want := range map[string]string{"/own": "own", "/healthz": "alive\n", "/readyz": "ready\n"} {
		res, err := http.Get("http://" + address + path)
		require.NoError(t, err)
		got, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, want, string(got))
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	require.NoError(t, <-done)
}

// TestNotReadyBeforeItIsOpen: whoever asks while a service opens hears that it is not ready, though it has no loop yet.
func TestNotReadyBeforeItIsOpen(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	cfg := sample{Name: "first", Observability: Config{Listen: "127.0.0.1:0", LogLevel: "info"}}
	var health *Health
	err := Start(ctx, "sample", cfg, conf.NewSource("sample", cfg, ""), func(_ context.Context, _ sample, k Kit) (running, error) {
		health = k.Health
		require.Equal(t, []string{"start: no progress yet"}, k.Health.Faults())
		return func() { require.Empty(t, k.Health.Faults()); stop() }, nil
	})
	require.NoError(t, err)
	require.Empty(t, health.Faults())
}

// running is a service that does one thing and then waits for its end.
type running func()

func (r running) Run(ctx context.Context) error { r(); <-ctx.Done(); return nil }
