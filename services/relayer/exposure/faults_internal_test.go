package exposure

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
)

// fleet is some relayers of one session that are started, stopped, killed and cut off.
type fleet struct {
	r      *rapid.T
	w      *world
	bus    *bus.Bus
	s      session
	live   []*Meter
	paid   [][]func()        // by relayer: how each relay that it served is given back
	dead   map[string]uint64 // what ended processes spent, by name
	faults atomic.Bool
}

func (f *fleet) fail() bool { return f.faults.Load() && rand.N(3) == 0 }

func (f *fleet) start() *Meter {
	m := f.w.on(f.bus)
	b := broken(m)
	b.before, b.after, b.delay, b.reads = f.fail, f.fail, f.fail, f.fail
	return m
}

func (f *fleet) end(i int, kindly bool) {
	m := f.live[i]
	if kindly {
		m.Close(context.Background())
	}
	m.exchanges.Wait()
	m.bucket.kv.(*faulty).arrive()
	f.dead[m.bucket.name] = f.s.account(m).spent
	f.live[i], f.paid[i] = f.start(), nil
}

func (f *fleet) step() {
	i := rapid.IntRange(0, len(f.live)-1).Draw(f.r, "relayer")
	m := f.live[i]
	switch rapid.IntRange(0, 13).Draw(f.r, "what") {
	default:
		for range rapid.IntRange(1, 40).Draw(f.r, "relays") {
			if giveBack, err := f.s.reserve(m); err == nil {
				f.paid[i] = append(f.paid[i], giveBack)
			}
			m.exchanges.Wait()
		}
	case 0:
		for range min(len(f.paid[i]), rapid.IntRange(1, 40).Draw(f.r, "free")) {
			last := len(f.paid[i]) - 1
			f.paid[i][last]()
			f.paid[i] = f.paid[i][:last]
		}
	case 1, 2:
		m.sweep(context.Background())
	case 3:
		f.w.pass(recheck)
	case 4:
		f.end(i, true)
	case 5:
		f.end(i, false)
	case 6:
		f.faults.Store(!f.faults.Load())
	case 7, 8:
		m.bucket.kv.(*faulty).arrive()
	}
}

// spent is what all relays of all processes cost that were not given back.
func (f *fleet) spent() (sum uint64) {
	for _, spent := range f.dead {
		sum += spent
	}
	for _, m := range f.live {
		sum += f.s.account(m).spent
	}
	return sum
}

// holds is what the bucket has of a process.
func (f *fleet) holds(name string) uint64 {
	raw, err := f.live[0].bucket.kv.(*faulty).KeyValue.Get(context.Background(), f.s.String())
	if err != nil {
		return 0
	}
	e, err := decode(raw.Value())
	require.NoError(f.r, err)
	ours, _ := view{grants: e.GetGrants()}.of(name)
	return ours
}

// check is what holds at any time.
func (f *fleet) check() {
	if f.w.cfg.OnBusFailure == Closed {
		require.LessOrEqual(f.r, f.spent(), f.s.Max)
	}
	for _, m := range f.live {
		a := f.s.account(m)
		require.LessOrEqual(f.r, a.granted, f.holds(m.bucket.name), "nobody believes to hold more than the bucket has")
		require.LessOrEqual(f.r, a.spent, f.s.Max, "nobody spends more than one budget")
	}
}

// finish heals the bus and serves what is left.
func (f *fleet) finish() {
	f.faults.Store(false)
	for _, m := range f.live {
		m.bucket.kv.(*faulty).arrive()
		for m.away { // a relay that needs the bus finds out that it is back
			f.w.pass(max(recheck, retry))
			_, _ = f.s.reserve(m)
			m.exchanges.Wait()
		}
	}
	before := f.spent()
	served := f.w.rest(f.r, f.s, f.live...)
	require.Equal(f.r, f.spent(), before+uint64(served)*f.s.Cost)
	var stored, lost uint64
	for _, m := range f.live {
		holds := f.holds(m.bucket.name)
		require.Equal(f.r, f.s.account(m).spent, holds)
		stored += holds
	}
	for name, spent := range f.dead {
		stored += f.holds(name)
		lost += minus(f.holds(name), spent)
	}
	require.Greater(f.r, stored+f.s.Cost, f.s.Max, "all is used")
	if f.w.cfg.OnBusFailure == Closed {
		require.Equal(f.r, uint64(f.s.relays())*f.s.Cost, f.spent()+lost, "but what the dead held is served")
	}
}

// TestBudgetProperty: over any order of relays, give-backs, sweeps, restarts, kills, lost and late requests and lost
// replies, relayers that fail closed never serve more than the budget, and in the end all of it but what dead processes
// held; those that fail open serve at most one budget each, and the bucket learns all of it from those that live.
func TestBudgetProperty(t *testing.T) {
	w := newWorld(t)
	b := bustest.Dial(t, w.url, "relayer")
	for _, mode := range []string{Closed, Open} {
		t.Run(mode, func(t *testing.T) {
			w.cfg.OnBusFailure = mode
			rapid.Check(t, func(r *rapid.T) {
				cost := rapid.Uint64Range(1, 20).Draw(r, "cost")
				f := &fleet{r: r, w: w, bus: b, s: budget(cost, rapid.Uint64Range(0, 300*cost).Draw(r, "max")), dead: map[string]uint64{}}
				for range rapid.IntRange(1, 3).Draw(r, "relayers") {
					f.live, f.paid = append(f.live, f.start()), append(f.paid, nil)
				}
				for range rapid.IntRange(1, 40).Draw(r, "steps") {
					f.step()
					f.check()
				}
				f.finish()
			})
		})
	}
}

// TestLostReply: a grant or a return whose reply was lost is neither used twice nor lost.
func TestLostReply(t *testing.T) {
	w := newWorld(t)
	w.cfg.OnBusFailure = Closed
	m := w.relayer()
	f := broken(m)
	lose := true
	f.after = func() bool { return lose }
	s := budget(1, 64)
	_, err := s.reserve(m)
	require.ErrorIs(t, err, ErrAway)
	require.Equal(t, uint64(4), s.stored(t, m), "it happened")
	lose = false
	w.pass(retry)
	_, err = s.reserve(m)
	require.NoError(t, err)
	a := s.account(m)
	require.Equal(t, []uint64{4, 1}, []uint64{a.granted, a.spent}, "the lost grant is the first one, not a second")
	lose = true
	m.sweep(t.Context()) // something recent: keeps it
	m.sweep(t.Context())
	require.Equal(t, uint64(1), s.stored(t, m), "returned, without a reply")
	lose = false
	w.pass(retry)
	other := w.relayer()
	require.Equal(t, 63, s.serve(t, m)+s.serve(t, other))
}

// TestReturnIsRepeated: a return that failed is made again, without a relay that asks for it.
func TestReturnIsRepeated(t *testing.T) {
	w := newWorld(t)
	m := w.relayer()
	f := broken(m)
	s := budget(1, 64)
	_, err := s.reserve(m)
	require.NoError(t, err)
	fail := true
	f.before = func() bool { return fail }
	for range 3 {
		m.sweep(t.Context())
		w.pass(retry)
	}
	require.Equal(t, uint64(4), s.stored(t, m))
	fail = false
	m.sweep(t.Context())
	require.Equal(t, uint64(1), s.stored(t, m))
	writes := f.writes.Load()
	m.sweep(t.Context())
	require.Equal(t, writes, f.writes.Load(), "once")
}

// TestLateReturn: a return that arrives when the same amount was granted anew takes nothing away.
func TestLateReturn(t *testing.T) {
	w := newWorld(t)
	w.cfg.OnBusFailure = Closed
	m := w.relayer()
	f := broken(m)
	s := budget(1, 64)
	_, err := s.reserve(m)
	require.NoError(t, err)
	f.delay = func() bool { return true }
	m.sweep(t.Context())
	m.sweep(t.Context())
	f.delay = nil
	require.Equal(t, uint64(1), s.account(m).granted)
	require.Equal(t, uint64(4), s.stored(t, m))
	w.pass(retry)
	_, err = s.reserve(m)
	require.NoError(t, err)
	require.Equal(t, uint64(4), s.account(m).granted)
	f.arrive()
	require.Equal(t, uint64(4), s.stored(t, m))
	require.Equal(t, 62, s.serve(t, w.relayer())+s.serve(t, m))
}

// away makes a world on a bus that can be stopped.
func away(t *testing.T, mode string) (*world, *bustest.Restartable) {
	t.Helper()
	b := bustest.NewRestartable(t)
	w := &world{t: t, url: b.URL(), cfg: Default()}
	w.cfg.OnBusFailure = mode
	w.pass(time.Hour)
	require.NoError(t, bustest.Dial(t, w.url, "topology").Apply(t.Context(), 1))
	return w, b
}

// back serves one relay when the bus has come back.
func (w *world) back(t *testing.T, s session, m *Meter) {
	t.Helper()
	require.Eventually(t, func() bool {
		w.pass(retry)
		_, err := s.reserve(m)
		m.exchanges.Wait()
		return err == nil
	}, patience, often)
}

// TestBusAwayClosed: without the bus a relayer serves what it was granted and refuses the rest; then it goes on, and
// the budget is served to the last relay.
func TestBusAwayClosed(t *testing.T) {
	w, b := away(t, Closed)
	m, other := w.relayer(), w.relayer()
	s := budget(1, 1000)
	for range 50 {
		_, err := s.reserve(m)
		require.NoError(t, err)
	}
	left := int(s.account(m).left())
	require.Positive(t, left)
	b.Stop()
	for range left {
		_, err := s.reserve(m)
		require.NoError(t, err)
	}
	for range 3 {
		_, err := s.reserve(m)
		require.ErrorIs(t, err, ErrAway)
		_, err = s.reserve(other)
		require.ErrorIs(t, err, ErrAway)
		w.pass(retry)
	}
	require.InDelta(t, 1, testutil.ToFloat64(m.metrics.Away), 0)
	b.Start()
	w.back(t, s, m)
	w.back(t, s, other)
	require.InDelta(t, 0, testutil.ToFloat64(m.metrics.Away), 0)
	served := 50 + left + 2 + s.serve(t, m) + s.serve(t, other)
	require.Equal(t, 1000, served+w.rest(t, s, m, other))
}

// TestBusAwayOpen: without the bus each relayer serves up to the budget by itself, less what it knows of others; what
// was served so is in the bucket afterwards.
func TestBusAwayOpen(t *testing.T) {
	w, b := away(t, Open)
	m, other := w.relayer(), w.relayer()
	s := budget(1, 200)
	for range 50 {
		_, err := s.reserve(m)
		require.NoError(t, err)
	}
	held := int(s.account(m).granted)
	_, err := s.reserve(other)
	require.NoError(t, err)
	knows := int(s.account(other).others)
	require.Equal(t, held, knows)
	b.Stop()
	served := 50 + s.serve(t, m)
	require.Equal(t, 200, served, "it had not seen the other one")
	others := 1 + s.serve(t, other)
	require.Equal(t, 200-knows, others)
	require.Positive(t, testutil.ToFloat64(m.metrics.Ungranted.WithLabelValues(reasonBus)))
	b.Start()
	require.Eventually(t, func() bool {
		w.pass(retry)
		m.sweep(t.Context())
		other.sweep(t.Context())
		return !s.account(m).owingOrAway(m) && !s.account(other).owingOrAway(other)
	}, patience, often)
	require.Equal(t, uint64(served+others), s.stored(t, m))
	w.pass(recheck)
	_, err = s.reserve(w.relayer())
	require.ErrorContains(t, err, "of 200 upokt are used")
}

func (a *account) owingOrAway(m *Meter) bool { return a.owing() || m.away }
