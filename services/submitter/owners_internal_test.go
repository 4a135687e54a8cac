package submitter

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
)

// knows waits until the submitter knows of so many.
func (r *running) knows(n int) {
	r.t.Helper()
	eventually(r.t, func() bool { return len(r.alive()) == n }, "%d submitters alive", n)
}

// crash stops the submitter where it stands: it can say nothing more, not even goodbye.
func (r *running) crash() {
	r.t.Helper()
	r.bus.Close()
	r.stop()
	require.Error(r.t, <-r.done)
}

// sent is how many messages nodes took from the submitter.
func (r *running) sent() int {
	return int(testutil.ToFloat64(r.metrics.broadcasts.WithLabelValues("taken")))
}

// serveAll makes blocks up to a height; every submitter serves each before the next.
func (w *world) serveAll(height int64, all ...*running) {
	w.t.Helper()
	for w.chain.node.Height() < height {
		at := w.block()
		for _, s := range all {
			s.serves(at)
		}
	}
}

// Two submitters with the same keys: each claim and each proof is sent once, by one of them, and both have work.
func TestSubmittersShareTheSuppliers(t *testing.T) {
	w := newWorld(t, always)
	a, b := w.start(), w.start()
	a.knows(2)
	b.knows(2)
	var all []*sealed
	for i := range 20 {
		all = append(all, newSession(t, supplier(t, i), fmt.Sprint("x", i), 3))
	}
	w.hash(all...)
	w.seal(all...)
	a.owesAll(all...)
	b.owesAll(all...)
	w.serveAll(proofClose, a, b)
	for _, z := range all {
		o := w.ended(a, z)
		require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, o.Outcome)
		require.EqualValues(t, 1, o.ClaimAttempts)
		require.EqualValues(t, 1, o.ProofAttempts)
	}
	require.Len(t, w.chain.included(), 40)
	require.Equal(t, 40, a.sent()+b.sent())
	require.Positive(t, a.sent())
	require.Positive(t, b.sent())
}

// Whoever is killed is replaced within a lease, and what it had under way comes to its end.
func TestCrashedSubmitterIsReplaced(t *testing.T) {
	for height := int64(endHeight + 1); height < proofClose; height++ {
		t.Run(fmt.Sprint(height), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, always)
			a := w.start()
			z := newSession(t, supplier(t, 0), "a", 3)
			w.hash(z)
			w.seal(z)
			a.owesAll(z)
			w.until(a, height)
			a.crash()
			b := w.start()
			b.knows(1)
			b.serves(height)
			w.until(b, proofClose)
			require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, w.ended(b, z).Outcome)
			require.Len(t, w.chain.included(), 2)
		})
	}
}

// A submitter that was paused with a claim in its hands, while another took over, sends and stores nothing when it goes
// on: neither when the other has sent it already, nor when it has not.
func TestPausedSubmitterIsFenced(t *testing.T) {
	for name, acted := range map[string]bool{"the other has acted": true, "the other has only taken over": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, never)
			gate := bustest.NewGate(t, w.url)
			w.cfg.Bus.URL = gate.URL
			a := w.start()
			w.cfg.Bus.URL = w.url
			z := newSession(t, supplier(t, 0), "a", 3)
			w.seal(z)
			a.owesAll(z)
			w.until(a, claimOpen-1)
			other, fenced := make(chan *running, 1), make(chan struct{})
			var paused atomic.Bool
			w.beforeSimulation(func() {
				if !paused.CompareAndSwap(false, true) {
					if !acted {
						<-fenced
					}
					return
				}
				gate.Close()
				b := w.start()
				eventually(t, func() bool { o := b.book.get(keyOf(z.terms)); return o != nil && o.Owner == b.self }, "taken over")
				if acted {
					eventually(t, func() bool { return b.sent() == 1 }, "sent by the other")
				}
				gate.Open()
				other <- b
			})
			w.block()
			b := <-other
			eventually(t, func() bool { return testutil.ToFloat64(a.metrics.lost) > 0 }, "it has lost the obligation")
			require.Zero(t, a.sent())
			a.crash()
			close(fenced)
			eventually(t, func() bool { return len(b.alive()) == 1 && b.sent() == 1 }, "the other goes on alone")
			w.until(b, proofClose)
			o := w.ended(b, z)
			require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, o.Outcome)
			require.EqualValues(t, 1, o.ClaimAttempts)
			require.Len(t, w.chain.included(), 1)
		})
	}
}

func (w *world) beforeSimulation(f func()) {
	w.chain.mu.Lock()
	defer w.chain.mu.Unlock()
	w.chain.before = f
}

// Correctness does not rest on ownership: two that each think that everything is theirs, and take it from each other at
// every block, send each claim and proof once.
func TestTwoActForEverySupplier(t *testing.T) {
	w := newWorld(t, always)
	w.next = func(s *Submitter) {
		s.owner = func(string, map[string]keyring) string { return s.self }
	}
	a, b := w.start(), w.start()
	a.knows(2)
	b.knows(2)
	var all []*sealed
	for i := range 6 {
		all = append(all, newSession(t, supplier(t, i%2), fmt.Sprint("x", i), 3))
	}
	w.hash(all...)
	w.seal(all...)
	a.owesAll(all...)
	b.owesAll(all...)
	w.serveAll(proofClose, a, b)
	for _, z := range all {
		o := w.ended(a, z)
		require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, o.Outcome)
	}
	messages := map[string]int{}
	for _, in := range w.chain.included() {
		for _, m := range in.tx.messages {
			messages[fmt.Sprintf("%s %v", m.header.SessionId, m.create != nil)]++
		}
	}
	require.Len(t, messages, 2*len(all))
	for m, n := range messages {
		require.Equal(t, 1, n, m)
	}
	require.Positive(t, testutil.ToFloat64(a.metrics.adopted)+testutil.ToFloat64(b.metrics.adopted))
}

// An event may come to a submitter that does not act for the claim's supplier, or that has not heard of the claim yet.
func TestEndingHeardByAnother(t *testing.T) {
	w := newWorld(t, never)
	a := w.start()
	z := newSession(t, supplier(t, 0), "a", 3)
	w.seal(z)
	a.owesAll(z)
	b := w.start()
	a.knows(2)
	b.knows(2)
	how := ending{outcome: claimv1.Outcome_OUTCOME_SETTLED, settled: "5"}
	for name, s := range map[string]*running{"a": a, "b": b} {
		early := newSession(t, supplier(t, 1), name, 3)
		require.NoError(t, s.onEnding(t.Context(), naturalKeyOf(early.terms), how))
		w.seal(early)
		require.Equal(t, "5", w.ended(s, early).SettledUpokt)
	}
	other := a
	if owner(z.terms.Supplier, a.alive()) == a.self {
		other = b
	}
	other.book.mu.Lock()
	clear(other.book.open) // as if the bucket's changes came late
	other.book.mu.Unlock()
	require.NoError(t, other.onEnding(t.Context(), naturalKeyOf(z.terms), how))
	require.Equal(t, "5", w.ended(a, z).SettledUpokt)
	eventually(t, func() bool { return b.book.get(keyOf(z.terms)) == nil }, "gone everywhere")
}

// A fact that comes to a submitter without the supplier's key is owed all the same, by who has it.
func TestFactHeardByWhoHasNotTheKey(t *testing.T) {
	w := newWorld(t, never)
	a := w.start()
	a.knows(1)
	w.keysAre(testKeys[1])
	b := w.start()
	a.knows(2)
	b.knows(2)
	z := newSession(t, supplier(t, 0), "a", 3)
	o := obligation(claimv1.Phase_PHASE_SEALED, claimOpen, claimClose, proofOpen, proofClose)
	o.Terms, o.Root, o.ClaimedUpokt = z.terms, z.fact.Root, "882"
	require.True(t, known(z.terms.Supplier, b.alive()))
	require.NoError(t, b.owe(t.Context(), o))
	w.serveAll(proofClose, a, b)
	require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, w.ended(a, z).Outcome)
	require.Zero(t, b.sent())
}

// Everybody comes to the same owner, each has a fair share, and what a submitter keeps does not move when another
// comes or goes.
func TestOwnersAreFairAndStay(t *testing.T) {
	const suppliers = 1000
	rapid.Check(t, func(t *rapid.T) {
		var keys keyring
		for i := range suppliers {
			keys = append(keys, short(fmt.Sprint("pokt1", i)))
		}
		slices.Sort(keys)
		alive := map[string]keyring{}
		for range rapid.IntRange(1, 8).Draw(t, "alive") {
			alive[fmt.Sprintf("%016x", rapid.Uint64().Draw(t, "name"))] = keys
		}
		have := map[string]int{}
		before := map[int]string{}
		for i := range suppliers {
			before[i] = owner(fmt.Sprint("pokt1", i), alive)
			have[before[i]]++
		}
		fair := suppliers / len(alive)
		for name := range alive {
			require.InDelta(t, fair, have[name], 0.3*float64(fair)+10)
		}
		gone := rapid.SampledFrom(slices.Sorted(maps.Keys(alive))).Draw(t, "gone")
		delete(alive, gone)
		for i := range suppliers {
			switch now := owner(fmt.Sprint("pokt1", i), alive); {
			case len(alive) == 0:
				require.Empty(t, now)
			case before[i] != gone:
				require.Equal(t, before[i], now)
			default:
				require.Contains(t, alive, now)
			}
		}
	})
}

func TestOwnerHasTheKey(t *testing.T) {
	alive := map[string]keyring{"a": {short("x")}, "b": {short("y")}, "c": nil}
	require.Equal(t, "a", owner("x", alive))
	require.Equal(t, "b", owner("y", alive))
	require.Empty(t, owner("z", alive))
}
