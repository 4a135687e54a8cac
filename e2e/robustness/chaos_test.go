package robustness_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/e2e/robustness/fault"
	"github.com/lodeworks/lode/e2e/robustness/history"
	"github.com/lodeworks/lode/e2e/robustness/validate"
)

// hashers are in the fleet.
const hashers = 3

// TestChaos kills, pauses and restarts hashers at random under load, while sessions open their claim windows and older
// ones end. Whatever happened, each session has one fact with the root of the official trie over exactly the relays that
// were answered for it, and counts to the unit; proofs open it; and the log has every relay that is still needed.
//
// It takes its time, so it runs by `make chaos`.
func TestChaos(t *testing.T) {
	if os.Getenv("LODE_CHAOS") == "" {
		t.Skip("LODE_CHAOS says for how long")
	}
	o := options(t)
	plan := fault.NewPlan(o.seed, hashers, o.chaos, o.pause)
	t.Logf("LODE_SEED=%d LODE_CHAOS=%v: %d kills, %d pauses of %v, %d restarts\n%s",
		o.seed, o.chaos, plan.Count(fault.Kill), plan.Count(fault.Pause), o.pause, plan.Count(fault.Restart), plan)
	w := newWorld(t, o)
	over := make(chan struct{})
	w.inBackground("fleet", func(ctx context.Context) error { return w.fleet.Run(ctx, plan, func() { close(over) }) })
	w.inBackground("facts", func(ctx context.Context) error { return w.facts.Follow(ctx, w.bus) })
	w.inBackground("claims", w.endClaims)
	w.inBackground("proofs", w.askForProofs)
	w.inBackground("log", w.watchLog)
	load, stop := context.WithCancel(t.Context())
	loaded := make(chan error, 1)
	go func() { loaded <- w.traffic.Run(load) }()
	select {
	case <-over:
	case err := <-w.failed:
		t.Fatal(err)
	}
	stop()
	require.NoError(t, <-loaded)
	w.settle()
	w.report()
}

// settle lets blocks come until every session is due, waits for the facts, and compares all of them.
func (w *world) settle() {
	sessions := w.traffic.History.Sessions()
	last := sessions[len(sessions)-1].Terms.ClaimOpenHeight
	for w.traffic.Height() < last {
		require.NoError(w.t, w.traffic.Advance(w.t.Context(), 1, false))
	}
	for _, s := range sessions {
		w.eventually(fmt.Sprintf("fact of %s, end height %d, last answered at %d", history.Key(s.Terms), s.Terms.EndHeight, s.OnTime()),
			func() bool { return w.facts.Of(history.Key(s.Terms)) != nil })
	}
	var all validate.Counts
	for _, s := range sessions {
		fact := w.facts.Of(history.Key(s.Terms))
		require.NoError(w.t, validate.Fact(s, fact))
		all.Logged += fact.Logged
		all.Mined += fact.Mined
		all.Filtered += fact.Filtered
		all.Duplicate += fact.Duplicate
	}
	w.counts = all
	require.Positive(w.t, all.Filtered)
	require.Positive(w.t, all.Duplicate)
	w.proveAll()
	w.eventually("relays of ended sessions purged", func() bool {
		require.NoError(w.t, w.traffic.Advance(w.t.Context(), 1, false))
		missing, kept, err := w.compareLog(w.t.Context())
		require.NoError(w.t, err)
		require.Zero(w.t, missing, "relays of open sessions are not in the log")
		return kept == 0
	})
}

// proveAll has a proof of every session that has leaves and has not ended.
func (w *world) proveAll() {
	random := rand.New(rand.NewPCG(w.seed, 1<<33))
	for _, s := range w.open() {
		w.eventually("proof of "+history.Key(s.Terms), func() bool {
			given, err := w.prove(w.t.Context(), s, random)
			require.NoError(w.t, err)
			return given
		})
	}
}

func (w *world) report() {
	w.t.Logf("%d relays answered for %d sessions until height %d: %+v; %d processes ended by themselves; %d proofs during the faults, %d asked for in vain",
		w.traffic.History.Relays(), len(w.traffic.History.Sessions()), w.traffic.Height(), w.counts, w.fleet.Ended.Load(), w.proofs.Load(), w.vain.Load())
	require.Positive(w.t, w.proofs.Load())
}

// eventually waits for what must come.
func (w *world) eventually(what string, ok func() bool) {
	w.t.Helper()
	for begin := time.Now(); !ok(); time.Sleep(50 * time.Millisecond) {
		select {
		case err := <-w.failed:
			w.t.Fatal(err)
		default:
		}
		if time.Since(begin) > patience {
			w.show()
			w.t.Fatalf("not in %v: %s", patience, what)
		}
	}
}

// patience is long: a process may have to wait for its turn on a busy machine.
const patience = 90 * time.Second

// show prints what each process is at.
func (w *world) show() {
	for n, p := range w.fleet.Processes() {
		metrics, err := p.Metrics()
		maps.DeleteFunc(metrics, func(name string, _ float64) bool { return !strings.HasPrefix(name, "lode_") })
		w.t.Logf("process %d: %v %v", n, metrics, err)
		stacks, err := p.Goroutines()
		w.t.Logf("process %d: %s %v", n, stacks, err)
	}
}
