package exposure

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
)

const (
	patience = 20 * time.Second
	often    = 2 * time.Millisecond
)

// world is a real bus and a clock that is moved by hand.
type world struct {
	t     testing.TB
	url   string
	cfg   Config
	clock atomic.Int64
	names atomic.Int64
}

func newWorld(t testing.TB) *world {
	t.Helper()
	url := bustest.Server(t)
	require.NoError(t, bustest.Dial(t, url, "topology").Apply(t.Context(), 1))
	w := &world{t: t, url: url, cfg: Default()}
	w.cfg.Timeout = patience
	w.pass(time.Hour)
	return w
}

func (w *world) pass(d time.Duration) { w.clock.Add(int64(d)) }

// relayer is a meter as of a new process, on a connection of its own.
func (w *world) relayer(edit ...func(*Options)) *Meter {
	w.t.Helper()
	return w.on(bustest.Dial(w.t, w.url, "relayer"), edit...)
}

func (w *world) on(b *bus.Bus, edit ...func(*Options)) *Meter {
	w.t.Helper()
	o := Options{Config: w.cfg, Name: fmt.Sprint("relayer-", w.names.Add(1)), Log: slog.New(slog.DiscardHandler), Metrics: measured()}
	for _, f := range edit {
		f(&o)
	}
	m, err := New(context.Background(), b, o)
	require.NoError(w.t, err)
	m.now = func() time.Time { return time.Unix(0, w.clock.Load()) }
	return m
}

func measured() Metrics {
	c := func() prometheus.Counter { return prometheus.NewCounter(prometheus.CounterOpts{Name: "c"}) }
	g := func() prometheus.Gauge { return prometheus.NewGauge(prometheus.GaugeOpts{Name: "g"}) }
	return Metrics{
		Sessions: g(), Unused: g(), Granted: c(), Returned: c(), Spent: c(), GivenBack: c(), Away: g(), Failures: c(), Conflicts: c(), Unreadable: c(),
		Ungranted: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "u"}, []string{"reason"}),
	}
}

// session is one budget.
type session struct {
	Key
	Terms
}

var sessions atomic.Int64

// budget is a new session in which that much may be spent.
func budget(cost, limit uint64) session {
	return session{Key{"pokt1supplier", fmt.Sprintf("%064x", sessions.Add(1))}, Terms{Cost: cost, Max: limit, ForgetAt: 10}}
}

// relays is how many the budget is for.
func (s session) relays() int { return int(s.Max / s.Cost) }

func (s session) reserve(m *Meter) (giveBack func(), err error) {
	return m.Reserve(context.Background(), s.Key, func() (Terms, error) { return s.Terms, nil })
}

// serve reserves until it is refused and returns how many it could.
func (s session) serve(t require.TestingT, m *Meter) (relays int) {
	for ; ; relays++ {
		if _, err := s.reserve(m); err != nil {
			require.ErrorAs(t, err, new(*SpentError))
			return relays
		}
	}
}

// account is what a meter knows of the session, when no exchange is under way.
func (s session) account(m *Meter) *account {
	m.exchanges.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.accounts[s.Key]; e != nil {
		a := e.account
		return &a
	}
	return new(account)
}

// stored is the sum of all grants in the bucket.
func (s session) stored(t testing.TB, m *Meter) uint64 {
	t.Helper()
	var v view
	require.NoError(t, m.bucket.read(t.Context(), s.Key, &v))
	ours, others := v.of(m.bucket.name)
	return ours + others
}

var errFault = errors.New("a fault of the test")

// faulty is a bucket that fails when it is told to: before a write happens; after it, so that only the reply is lost; or
// long before it, for a client sends what it could not send when it is connected again.
type faulty struct {
	jetstream.KeyValue
	before, after, delay, reads func() bool // nil: never
	writes                      atomic.Int32
	late                        []func() (uint64, error) // writes that did not happen yet
	gate                        chan struct{}            // not nil: writes wait until it is closed
	once                        sync.Once
	reached                     chan struct{} // closed when the first write waits
}

// arrive makes the late writes happen.
func (f *faulty) arrive() {
	for _, do := range f.late {
		_, _ = do()
	}
	f.late = nil
}

func broken(m *Meter) *faulty {
	f := &faulty{KeyValue: m.bucket.kv, reached: make(chan struct{})}
	m.bucket.kv = f
	return f
}

func (f *faulty) write(do func() (uint64, error)) (uint64, error) {
	f.writes.Add(1)
	if f.gate != nil {
		f.once.Do(func() { close(f.reached) })
		<-f.gate
	}
	if f.before != nil && f.before() {
		return 0, errFault
	}
	if f.delay != nil && f.delay() {
		f.late = append(f.late, do)
		return 0, errFault
	}
	revision, err := do()
	if f.after != nil && f.after() {
		return 0, errFault
	}
	return revision, err
}

func (f *faulty) Create(ctx context.Context, key string, value []byte, o ...jetstream.KVCreateOpt) (uint64, error) {
	return f.write(func() (uint64, error) { return f.KeyValue.Create(context.WithoutCancel(ctx), key, value, o...) })
}

func (f *faulty) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	return f.write(func() (uint64, error) { return f.KeyValue.Update(context.WithoutCancel(ctx), key, value, revision) })
}

func (f *faulty) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	if f.reads != nil && f.reads() {
		return nil, errFault
	}
	return f.KeyValue.Get(ctx, key)
}
