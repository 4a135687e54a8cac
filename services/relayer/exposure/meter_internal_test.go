package exposure

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
)

// TestOneBudget: relayers that work at once serve the budget together, to the last relay and not one more.
func TestOneBudget(t *testing.T) {
	w := newWorld(t)
	for _, relayers := range []int{1, 2, 3} {
		for _, relays := range []uint64{0, 1, 2, 3, 15, 16, 17, 100, 1000} {
			t.Run(fmt.Sprintf("%d relayers, %d relays", relayers, relays), func(t *testing.T) {
				s := budget(7, 7*relays+6)
				var served atomic.Int64
				var all sync.WaitGroup
				for range relayers {
					m := w.relayer()
					for range 8 {
						all.Go(func() { served.Add(int64(s.serve(t, m))) })
					}
				}
				all.Wait()
				require.Equal(t, int64(relays), served.Load())
			})
		}
	}
}

// TestGiveBackAtOnce: relayers that give back, sweep and serve at once end at the budget, too.
func TestGiveBackAtOnce(t *testing.T) {
	w := newWorld(t)
	s := budget(3, 3*400)
	var served atomic.Int64
	meters := []*Meter{w.relayer(), w.relayer(), w.relayer()}
	var all, sweeps sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	for _, m := range meters {
		sweeps.Go(func() {
			for ctx.Err() == nil {
				m.sweep(ctx)
			}
		})
		for range 4 {
			all.Go(func() {
				for range 200 {
					giveBack, err := s.reserve(m)
					switch {
					case err != nil:
						return
					case rand.N(3) == 0:
						giveBack()
					default:
						served.Add(1)
					}
				}
			})
		}
	}
	all.Wait()
	stop()
	sweeps.Wait()
	require.LessOrEqual(t, int(served.Load()), s.relays())
	require.Equal(t, s.relays(), int(served.Load())+w.rest(t, s, meters...))
	require.Equal(t, s.Max, s.stored(t, meters[0]))
}

// rest serves what is left of a session after everybody had time to give back, and returns how many relays that was.
func (w *world) rest(t require.TestingT, s session, meters ...*Meter) (relays int) {
	for range 2 { // the second has nothing recent
		for _, m := range meters {
			m.sweep(context.Background())
		}
	}
	w.pass(recheck)
	for _, m := range meters {
		relays += s.serve(t, m)
	}
	return relays
}

// TestRestart: a relayer that ended gives back what it did not use; the next goes on where it was.
func TestRestart(t *testing.T) {
	w := newWorld(t)
	s := budget(10, 1000)
	served := 0
	for _, relays := range []int{1, 20, 0, 33} {
		m := w.relayer()
		for range relays {
			_, err := s.reserve(m)
			require.NoError(t, err)
		}
		served += relays
		m.Close(t.Context())
		require.Equal(t, uint64(10*served), s.stored(t, m))
	}
	require.Equal(t, 100-served, s.serve(t, w.relayer()))
}

// TestKill: a relayer that was killed keeps what it had not used, which is bounded, and nothing is served twice.
func TestKill(t *testing.T) {
	w := newWorld(t)
	s := budget(10, 10_000)
	killed := w.relayer()
	for range 300 {
		_, err := s.reserve(killed)
		require.NoError(t, err)
	}
	unused := s.account(killed)
	lost := int(unused.left() / s.Cost)
	require.LessOrEqual(t, lost, 1000*3/32)
	next := w.relayer()
	require.Equal(t, 1000-300-lost, s.serve(t, next))
}

// TestIdle: what a relayer does not need goes to the one that does.
func TestIdle(t *testing.T) {
	w := newWorld(t)
	s := budget(1, 100)
	idle, busy := w.relayer(), w.relayer()
	_, err := s.reserve(idle)
	require.NoError(t, err)
	held := s.account(idle)
	require.Equal(t, uint64(6), held.granted, "a sixteenth of the budget")
	require.Equal(t, 94, s.serve(t, busy))
	idle.sweep(t.Context())
	require.Equal(t, 0, s.serve(t, busy), "it spent something just now; and the answer that all is spent holds for a while")
	idle.sweep(t.Context())
	w.pass(recheck)
	require.Equal(t, 5, s.serve(t, busy))
	require.InDelta(t, 5, testutil.ToFloat64(idle.metrics.Returned), 0)
}

// TestOneExchange: however many relays wait for a session's first grant, it is asked for once.
func TestOneExchange(t *testing.T) {
	w := newWorld(t)
	m := w.relayer()
	f := broken(m)
	f.gate = make(chan struct{})
	s := budget(1, 1000)
	var all sync.WaitGroup
	for range firstChunk / 2 {
		all.Go(func() {
			_, err := s.reserve(m)
			require.NoError(t, err)
		})
	}
	<-f.reached
	close(f.gate)
	all.Wait()
	a := s.account(m)
	require.Equal(t, int32(2), f.writes.Load(), "the first grant, and the next when half of it was spent")
	require.Equal(t, []uint64{firstChunk / 2, 3 * firstChunk}, []uint64{a.spent, a.granted})
}

// TestManyWait: however many relays come at once, two exchanges are enough for those that the budget covers.
func TestManyWait(t *testing.T) {
	w := newWorld(t)
	m := w.relayer()
	f := broken(m)
	f.gate = make(chan struct{})
	s := budget(1, 200)
	var all sync.WaitGroup
	for range 150 {
		all.Go(func() {
			_, err := s.reserve(m)
			require.NoError(t, err)
		})
	}
	require.Eventually(t, func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.accounts[s.Key] != nil && m.accounts[s.Key].wanted == 150
	}, patience, often)
	close(f.gate)
	all.Wait()
	require.LessOrEqual(t, f.writes.Load(), int32(4), "that of the first, that of the rest; and what comes next")
	require.Equal(t, uint64(150), s.account(m).spent)
}

// TestFewWrites: relays cost the bus a write for each doubling of what was spent, not each.
func TestFewWrites(t *testing.T) {
	w := newWorld(t)
	m := w.relayer()
	f := broken(m)
	s := budget(1, 1_000_000)
	for range 10_000 {
		_, err := s.reserve(m)
		require.NoError(t, err)
	}
	s.account(m)
	require.LessOrEqual(t, f.writes.Load(), int32(12))
}

// TestClientGone: a relay whose client leaves does not wait for the bus.
func TestClientGone(t *testing.T) {
	w := newWorld(t)
	m := w.relayer()
	f := broken(m)
	f.gate = make(chan struct{})
	s := budget(1, 1000)
	ctx, leave := context.WithCancel(t.Context())
	go func() { <-f.reached; leave() }()
	_, err := m.Reserve(ctx, s.Key, func() (Terms, error) { return s.Terms, nil })
	require.ErrorIs(t, err, context.Canceled)
	close(f.gate)
	require.Zero(t, s.account(m).spent)
}

// TestTerms: what cannot be computed is an error, what costs nothing is not metered, and what nobody can pay is refused
// without asking.
func TestTerms(t *testing.T) {
	w := newWorld(t)
	m := w.relayer()
	f := broken(m)
	_, err := m.Reserve(t.Context(), Key{"a", "b"}, func() (Terms, error) { return Terms{}, errFault })
	require.ErrorIs(t, err, errFault)
	free := budget(1, 0)
	free.Cost = 0
	for range 100 {
		_, err := free.reserve(m)
		require.NoError(t, err)
	}
	_, err = budget(2, 1).reserve(m)
	require.EqualError(t, err, "0 of 1 upokt are used")
	require.Zero(t, f.writes.Load())
}

// TestOverservice: relays pass beyond the budget, and what was served is in the bucket.
func TestOverservice(t *testing.T) {
	w := newWorld(t)
	m := w.relayer(func(o *Options) { o.Overservice = true })
	s := budget(5, 50)
	for range 30 {
		_, err := s.reserve(m)
		require.NoError(t, err)
	}
	require.InDelta(t, 100, testutil.ToFloat64(m.metrics.Ungranted.WithLabelValues(reasonOverservice)), 0)
	m.exchanges.Wait()
	m.sweep(t.Context())
	require.Equal(t, uint64(150), s.stored(t, m))
	_, err := s.reserve(w.relayer())
	require.EqualError(t, err, "150 of 50 upokt are used")
}

// TestForget: accounts and entries go when their session is over, whoever made them.
func TestForget(t *testing.T) {
	w := newWorld(t)
	gone, m := w.relayer(), w.relayer()
	old, older, open := budget(1, 100), budget(1, 100), budget(1, 100)
	open.ForgetAt = 11
	for _, s := range []session{old, older, open} {
		_, err := s.reserve(gone)
		require.NoError(t, err)
	}
	_, err := old.reserve(m)
	require.NoError(t, err)
	m.exchanges.Wait()
	gone.exchanges.Wait()
	m.Forget(10)
	m.collect(t.Context())
	require.Equal(t, uint64(3), entries(t, m), "at claim open they are kept")
	m.Forget(11)
	m.collect(t.Context())
	require.Equal(t, uint64(1), entries(t, m))
	require.Empty(t, m.accounts)
	m.collect(t.Context())
	require.NotZero(t, open.stored(t, m))
}

// entries is how many messages the bucket has, deletions too.
func entries(t testing.TB, m *Meter) uint64 {
	t.Helper()
	status, err := m.bucket.kv.Status(t.Context())
	require.NoError(t, err)
	return status.Values()
}

// TestUnreadable: an entry that can't be read is written anew, and each relayer puts its own grant back.
func TestUnreadable(t *testing.T) {
	w := newWorld(t)
	a, b := w.relayer(), w.relayer()
	s := budget(1, 1000)
	for range 40 {
		_, err := s.reserve(a)
		require.NoError(t, err)
	}
	held := s.account(a)
	_, err := a.bucket.kv.Put(t.Context(), s.String(), []byte{0xff})
	require.NoError(t, err)
	_, err = s.reserve(b)
	require.NoError(t, err)
	require.InDelta(t, 1, testutil.ToFloat64(b.metrics.Unreadable), 0)
	ours := s.account(b)
	require.Equal(t, ours.granted, s.stored(t, b))
	a.sweep(t.Context())
	a.sweep(t.Context())
	require.Equal(t, ours.granted+held.spent, s.stored(t, b))
}

func TestConfig(t *testing.T) {
	require.NoError(t, Default().Validate())
	err := Config{OnBusFailure: "ajar"}.Validate()
	for _, fault := range []string{"meter.on_bus_failure", "meter.timeout", "meter.return_after"} {
		require.ErrorContains(t, err, fault)
	}
}

// TestBucketMissing: a relayer does not start without the bucket.
func TestBucketMissing(t *testing.T) {
	w := newWorld(t)
	b := bustest.Dial(t, w.url, "relayer")
	require.NoError(t, b.JS.DeleteKeyValue(t.Context(), bus.BucketMeter))
	_, err := New(t.Context(), b, Options{})
	require.ErrorContains(t, err, "topology apply")
}

func BenchmarkReserve(b *testing.B) {
	w := newWorld(b)
	m := w.relayer()
	s := budget(1, 1<<50)
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := s.reserve(m); err != nil {
				b.Error(err)
			}
		}
	})
}
