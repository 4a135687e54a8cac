package robustness_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/e2e/robustness/fault"
	"github.com/lodeworks/lode/e2e/robustness/history"
	"github.com/lodeworks/lode/e2e/robustness/traffic"
	"github.com/lodeworks/lode/e2e/robustness/validate"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
	"github.com/lodeworks/lode/tools/process"
)

// settingsOf a run. LODE_CHAOS is how long faults go on, LODE_SEED makes them those of an earlier run.
type settingsOf struct {
	seed  uint64
	chaos time.Duration
	pause time.Duration // longer than a hasher's lease
	block time.Duration
}

func options(t *testing.T) settingsOf {
	t.Helper()
	o := settingsOf{seed: rand.Uint64(), chaos: 15 * time.Second, pause: 5 * time.Second, block: 400 * time.Millisecond}
	var err error
	if text := os.Getenv("LODE_SEED"); text != "" {
		o.seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	if text := os.Getenv("LODE_CHAOS"); text != "" {
		o.chaos, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	if o.chaos >= time.Minute {
		o.pause, o.block = 30*time.Second, time.Second
	}
	return o
}

// world is a bus, hashers, and what there is around them.
type world struct {
	settingsOf
	t       *testing.T
	bus     *bus.Bus
	traffic *traffic.World
	fleet   *fault.Fleet
	facts   *validate.Facts
	counts  validate.Counts
	proofs  atomic.Int64 // given
	vain    atomic.Int64 // not given: a hasher may be away
	failed  chan error   // what went wrong in the background, the first
}

// settings are a hasher's; what they leave out is its default.
const settings = `observe: {listen: "%s", log_level: info, pprof: true}
bus: {url: "%s"}
stale_after: 24h
purge_after: []
`

func newWorld(t *testing.T, o settingsOf) *world {
	t.Helper()
	url := bustest.Server(t)
	w := &world{settingsOf: o, t: t, bus: bustest.Dial(t, url, "test"), facts: validate.NewFacts(), failed: make(chan error, 1)}
	require.NoError(t, w.bus.Apply(t.Context(), 1))
	w.traffic = traffic.New(w.bus, o.seed, o.block)
	require.NoError(t, w.traffic.Advance(t.Context(), 1, false))
	var programs []process.Options
	for n := range hashers {
		programs = append(programs, program(t, url, n))
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	var err error
	w.fleet, err = fault.NewFleet(context.WithoutCancel(t.Context()), log, programs...)
	require.NoError(t, err)
	t.Cleanup(w.fleet.Kill)
	return w
}

// program is a hasher that writes into a file, which is shown when the test fails.
func program(t *testing.T, url string, n int) process.Options {
	t.Helper()
	path, err := filepath.Abs("../../bin/hasher")
	require.NoError(t, err)
	_, err = os.Stat(path)
	require.NoError(t, err, "run `make build` first")
	observe, err := process.FreeAddress()
	require.NoError(t, err)
	dir := t.TempDir()
	config, output := filepath.Join(dir, "hasher.yaml"), filepath.Join(dir, "hasher.log")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, settings, observe, url), 0o600))
	out, err := os.Create(output)
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = out.Close()
		if t.Failed() {
			raw, _ := os.ReadFile(output)
			t.Logf("process %d:\n%s", n, raw[max(0, len(raw)-6000):])
		}
	})
	return process.Options{Program: path, Args: []string{"-config", config}, Observe: observe, Stderr: out}
}

// inBackground runs f until the test ends; that it fails fails the test.
func (w *world) inBackground(what string, f func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	var done sync.WaitGroup
	done.Go(func() {
		if err := f(ctx); err != nil && ctx.Err() == nil {
			select {
			case w.failed <- fmt.Errorf("%s: %w", what, err):
			default:
			}
		}
	})
	w.t.Cleanup(func() { cancel(); done.Wait() })
}

// every calls f again and again until ctx ends.
func every(ctx context.Context, pause time.Duration, f func() error) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		if err := f(); err != nil {
			return err
		}
	}
}

// endClaims is the submitter: a sealed session's claim ends some blocks later.
func (w *world) endClaims(ctx context.Context) error {
	return every(ctx, 200*time.Millisecond, func() error {
		return w.traffic.End(ctx, func(key string) bool { return w.facts.Of(key) != nil })
	})
}

// askForProofs asks for proofs of random sessions while hashers come and go.
func (w *world) askForProofs(ctx context.Context) error {
	random := rand.New(rand.NewPCG(w.seed, 1<<34))
	return every(ctx, 100*time.Millisecond, func() error {
		open := w.open()
		if len(open) == 0 {
			return nil
		}
		given, err := w.prove(ctx, open[random.IntN(len(open))], random)
		if given {
			w.proofs.Add(1)
		} else {
			w.vain.Add(1)
		}
		return err
	})
}

// open are the sessions that are sealed with leaves and have not ended.
func (w *world) open() (out []history.Session) {
	for _, s := range w.traffic.History.Sessions() {
		if fact := w.facts.Of(history.Key(s.Terms)); !s.Ended && fact != nil && fact.Mined > 0 {
			out = append(out, s)
		}
	}
	return out
}

// prove asks for one proof. That there is none now is no error; that it is wrong is one.
func (w *world) prove(ctx context.Context, s history.Session, random *rand.Rand) (given bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	path := make([]byte, 32)
	for i := range path {
		path[i] = byte(random.Uint32())
	}
	root := w.facts.Of(history.Key(s.Terms)).Root
	reply := new(sessionv1.ProveReply)
	request := &sessionv1.ProveRequest{Supplier: s.Terms.Supplier, SessionId: s.Terms.SessionId, Path: path, Root: root}
	if err := w.bus.Ask(ctx, bus.SessionProveSubject, request, reply); err != nil || reply.Error != "" {
		return false, nil
	}
	return true, validate.Proof(reply.Proof, root, path)
}

var errMissing = errors.New("relays of open sessions are not in the log")

// watchLog looks for relays that are gone too early.
func (w *world) watchLog(ctx context.Context) error {
	return every(ctx, 3*time.Second, func() error {
		missing, _, err := w.compareLog(ctx)
		if err == nil && missing > 0 {
			err = fmt.Errorf("%d %w", missing, errMissing)
		}
		return err
	})
}

// compareLog counts relays that should be in the log and are not, and the other way round. Sessions that end meanwhile
// may be purged meanwhile.
func (w *world) compareLog(ctx context.Context) (missing, kept int, err error) {
	known := map[string]int{}
	for _, s := range w.traffic.History.Sessions() {
		known[history.Key(s.Terms)] = len(s.Entries)
	}
	log, err := validate.Log(ctx, w.bus)
	if err != nil {
		return 0, 0, err
	}
	var sessions []history.Session
	for _, s := range w.traffic.History.Sessions() {
		s.Entries = s.Entries[:known[history.Key(s.Terms)]]
		sessions = append(sessions, s)
	}
	missing, kept = validate.Missing(sessions, log)
	return missing, kept, nil
}
