package spool

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
)

func counters() Metrics {
	counter := func() prometheus.Counter { return prometheus.NewCounter(prometheus.CounterOpts{}) }
	return Metrics{
		Bytes: prometheus.NewGauge(prometheus.GaugeOpts{}), Stored: counter(), Drained: counter(),
		Errors: counter(), Torn: counter(), Damaged: counter(),
	}
}

func configIn(dir string) Config {
	cfg := Default()
	cfg.Dir = dir
	return cfg
}

func open(t testing.TB, cfg Config) *Spool {
	t.Helper()
	s, err := Open(cfg, slog.New(slog.DiscardHandler), counters())
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func message(subject string, n int) bus.Content {
	return bus.Content{Subject: subject, ID: fmt.Sprint(n), Type: "t", Data: []byte(fmt.Sprintf("data %d", n))}
}

func put(t testing.TB, s *Spool, messages ...bus.Content) (last int64) {
	t.Helper()
	for _, c := range messages {
		at, err := s.Append(c)
		require.NoError(t, err)
		require.Greater(t, at, last)
		last = at
	}
	return last
}

// sink is a bus that keeps what it is given, by subject.
type sink struct {
	mu  sync.Mutex
	got map[string][]bus.Content
}

func (k *sink) publish(_ context.Context, run []bus.Content) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.got == nil {
		k.got = map[string][]bus.Content{}
	}
	k.got[run[0].Subject] = append(k.got[run[0].Subject], run...)
	return nil
}

// drain drains until a position.
func drain(t testing.TB, s *Spool, to int64, publish Publish) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Drain(ctx, publish) }()
	require.NoError(t, s.AwaitDrained(t.Context(), to))
	stop()
	require.ErrorIs(t, <-done, context.Canceled)
}

// empty drains what is nothing, until there is no file.
func empty(t testing.TB, s *Spool) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Drain(ctx, func(context.Context, []bus.Content) error { panic("a message") }) }()
	require.Eventually(t, func() bool { return len(files(t, s.cfg.Dir)) == 0 }, 20*time.Second, time.Millisecond)
	stop()
	require.ErrorIs(t, <-done, context.Canceled)
}

func files(t testing.TB, dir string) (names []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*spool*"))
	require.NoError(t, err)
	return names
}

// TestThrough: what goes in comes out, in order within a subject, while others go in beside it; then there is no file.
func TestThrough(t *testing.T) {
	dir := t.TempDir()
	s := open(t, configIn(dir))
	s.limit = 2000 // bytes: many files
	out := new(sink)
	const subjects, each = 8, 300
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Drain(ctx, out.publish) }()
	var all sync.WaitGroup
	var last atomic.Int64
	for subject := range subjects {
		all.Go(func() {
			for n := range each {
				at, err := s.Append(message(fmt.Sprint(subject), n))
				if err != nil {
					t.Error(err)
				}
				for old := last.Load(); old < at && !last.CompareAndSwap(old, at); old = last.Load() {
				}
			}
		})
	}
	all.Wait()
	require.NoError(t, s.AwaitDrained(t.Context(), last.Load()))
	require.Len(t, out.got, subjects)
	for subject, got := range out.got {
		require.Len(t, got, each)
		for n, c := range got {
			require.Equal(t, message(subject, n), c)
		}
	}
	require.Eventually(t, func() bool { return len(files(t, dir)) == 0 }, 20*time.Second, time.Millisecond)
	stop()
	require.ErrorIs(t, <-done, context.Canceled)
	require.Zero(t, testutil.ToFloat64(s.metrics.Bytes))
	require.Equal(t, float64(subjects*each), testutil.ToFloat64(s.metrics.Stored))
	require.Equal(t, float64(subjects*each), testutil.ToFloat64(s.metrics.Drained))
}

// TestFoundAgain: what a process leaves the next one drains first, in order, and behind it its own.
func TestFoundAgain(t *testing.T) {
	dir := t.TempDir()
	first := open(t, configIn(dir))
	_, err := Open(configIn(dir), slog.New(slog.DiscardHandler), counters())
	require.ErrorIs(t, err, ErrInUse)
	put(t, first, message("a", 0), message("a", 1))
	require.NoError(t, first.Close())
	second := open(t, configIn(dir))
	put(t, second, message("a", 2))
	require.NoError(t, second.Close())
	third := open(t, configIn(dir))
	last := put(t, third, message("a", 3))
	require.Len(t, files(t, dir), 3)
	out := new(sink)
	drain(t, third, last, out.publish)
	require.Equal(t, []bus.Content{message("a", 0), message("a", 1), message("a", 2), message("a", 3)}, out.got["a"])
}

// TestInterruptedDrain: what is not on the bus when a drain ends is drained by the next one; what was may come twice.
func TestInterruptedDrain(t *testing.T) {
	s := open(t, configIn(t.TempDir()))
	last := put(t, s, message("a", 0), message("a", 1), message("a", 2))
	ctx, stop := context.WithCancel(t.Context())
	out := new(sink)
	require.ErrorIs(t, s.Drain(ctx, func(ctx context.Context, run []bus.Content) error {
		stop()
		require.NoError(t, out.publish(ctx, run[:1]))
		return ctx.Err()
	}), context.Canceled)
	drain(t, s, last, out.publish)
	require.Equal(t, []bus.Content{message("a", 0), message("a", 0), message("a", 1), message("a", 2)}, out.got["a"])
}

// TestTornTail: an unfinished message at the end is cut and counted, those before it are drained.
func TestTornTail(t *testing.T) {
	dir := t.TempDir()
	s := open(t, configIn(dir))
	put(t, s, message("a", 0), message("a", 1))
	require.NoError(t, s.Close())
	name := files(t, dir)[0]
	whole, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name, append(whole, whole[len(magic):len(magic)+20]...), 0o600))
	s = open(t, configIn(dir))
	out := new(sink)
	drain(t, s, s.end, out.publish)
	require.Equal(t, []bus.Content{message("a", 0), message("a", 1)}, out.got["a"])
	require.Equal(t, 1.0, testutil.ToFloat64(s.metrics.Torn))
	require.Empty(t, files(t, dir))
}

// TestDamaged: a file that is not as it was written is kept for people, and those behind it are drained.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	s := open(t, configIn(dir))
	put(t, s, message("a", 0), message("a", 1), message("a", 2))
	require.NoError(t, s.Close())
	name := files(t, dir)[0]
	whole, err := os.ReadFile(name)
	require.NoError(t, err)
	whole[len(whole)/2] ^= 1
	require.NoError(t, os.WriteFile(name, whole, 0o600))
	s = open(t, configIn(dir))
	last := put(t, s, message("a", 3))
	out := new(sink)
	drain(t, s, last, out.publish)
	require.Equal(t, []bus.Content{message("a", 0), message("a", 3)}, out.got["a"])
	require.Equal(t, 1.0, testutil.ToFloat64(s.metrics.Damaged))
	require.NoFileExists(t, name)
	kept, err := os.ReadFile(name + ".damaged")
	require.NoError(t, err)
	require.Equal(t, whole, kept)
}

// TestFull: from seven eighths on new work is refused, work under way goes in until all is full, nothing is dropped,
// and what is drained makes room.
func TestFull(t *testing.T) {
	cfg := configIn(t.TempDir())
	cfg.MaxBytes = 8000
	s := open(t, cfg)
	big := bus.Content{Subject: "a", Data: make([]byte, 970)}
	put(t, s, big, big, big, big, big, big, big)
	require.NoError(t, s.Room(), "6910 of 7000 bytes")
	put(t, s, message("a", 1), message("a", 2), message("a", 3), message("a", 4))
	require.ErrorIs(t, s.Room(), ErrFull)
	last := put(t, s, message("a", 5))
	_, err := s.Append(big)
	require.ErrorIs(t, err, ErrFull)
	_, err = s.Append(bus.Content{Data: make([]byte, maxPayload)})
	require.ErrorContains(t, err, "the spool takes")
	out := new(sink)
	drain(t, s, last, out.publish)
	require.Len(t, out.got["a"], 12)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Drain(ctx, out.publish) }()
	require.Eventually(t, func() bool { return s.Room() == nil }, 20*time.Second, time.Millisecond)
	stop()
	require.ErrorIs(t, <-done, context.Canceled)
}

// TestFsyncPolicies: always syncs before it answers, interval soon after, never not at all.
func TestFsyncPolicies(t *testing.T) {
	for policy, at := range map[string]int64{FsyncAlways: 3, FsyncInterval: 0, FsyncNever: 0} {
		t.Run(policy, func(t *testing.T) {
			cfg := configIn(t.TempDir())
			cfg.Fsync, cfg.FsyncEvery = policy, time.Hour
			require.NoError(t, cfg.Validate(1))
			s := open(t, cfg)
			var syncs atomic.Int64
			s.fsync = func(f *os.File) error { syncs.Add(1); return f.Sync() }
			put(t, s, message("a", 0), message("a", 1), message("a", 2))
			require.Equal(t, at, syncs.Load())
			require.NoError(t, s.Close())
			require.Equal(t, policy == FsyncNever, syncs.Load() == 0, "ending a file syncs it")
		})
	}
	cfg := configIn(t.TempDir())
	cfg.Fsync, cfg.FsyncEvery = FsyncInterval, time.Millisecond
	s := open(t, cfg)
	synced := make(chan struct{}, 10)
	s.fsync = func(f *os.File) error { synced <- struct{}{}; return errors.New("ignored") }
	for n := range 3 { // each write is followed by a sync
		put(t, s, message("a", n))
		<-synced
	}
	require.Eventually(t, func() bool { return testutil.ToFloat64(s.metrics.Errors) == 3 }, 20*time.Second, time.Millisecond)
}

// TestDiskFaults: what could not be synced or written is an error, is not drained, and nothing is written behind it.
func TestDiskFaults(t *testing.T) {
	dir := t.TempDir()
	s := open(t, configIn(dir))
	put(t, s, message("a", 0))
	s.fsync = func(*os.File) error { return errors.New("no such luck") }
	_, err := s.Append(message("a", 1))
	require.ErrorContains(t, err, "write to the spool: no such luck")
	s.fsync = (*os.File).Sync
	put(t, s, message("a", 2))
	require.Len(t, files(t, dir), 2, "a new file")
	require.NoError(t, s.segments[1].file.Close())
	_, err = s.Append(message("a", 3))
	require.ErrorIs(t, err, fs.ErrClosed)
	require.NoError(t, os.Rename(dir, dir+"x"))
	_, err = s.Append(message("a", 4))
	require.ErrorContains(t, err, "begin a file of the spool")
	require.NoError(t, os.Rename(dir+"x", dir))
	last := put(t, s, message("a", 5))
	require.Equal(t, 3.0, testutil.ToFloat64(s.metrics.Errors))
	out := new(sink)
	drain(t, s, last, out.publish)
	require.Equal(t, []bus.Content{message("a", 0), message("a", 2), message("a", 5)}, out.got["a"])
}

func TestConfigNamesEveryFault(t *testing.T) {
	require.NoError(t, Config{}.Validate(1<<20), "none is wanted")
	require.NoError(t, configIn("dir").Validate(64<<20))
	err := Config{Dir: "dir", MaxBytes: 79, Fsync: FsyncInterval}.Validate(10)
	for _, fault := range []string{"spool.after", "spool.max_bytes", "spool.fsync_every"} {
		require.ErrorContains(t, err, fault)
	}
	require.ErrorContains(t, Config{Dir: "dir", After: 1, Fsync: "sometimes"}.Validate(0), `spool.fsync: "sometimes"`)
}
