package exposure

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/lodeworks/lode/services/kit/bus"
)

// ErrAway is returned when the bus does not answer and the relayer was not granted enough before.
var ErrAway = errors.New("the application's budget is not known: the bus does not answer in time")

// SpentError is returned when a relay would go beyond the budget.
type SpentError struct{ Used, Max uint64 } // upokt

func (e *SpentError) Error() string { return fmt.Sprintf("%d of %d upokt are used", e.Used, e.Max) }

// retry is how long a failure of the bus keeps others from trying.
const retry = time.Second

// Meter is this relayer's side of all budgets.
type Meter struct {
	cfg         Config
	overservice bool // relays pass beyond the budget
	bucket      *bucket
	log         *slog.Logger
	metrics     Metrics
	now         func() time.Time

	mu        sync.Mutex // held for arithmetic only
	accounts  map[Key]*entry
	away      bool      // the last exchange failed
	retryAt   time.Time // until then, when away, nobody tries
	height    int64     // newest known
	leftovers bool      // the bucket may have entries of sessions that are over

	exchanges sync.WaitGroup
}

// entry is an account with its line to the bucket.
type entry struct {
	account
	key    Key
	unsure bool          // the last exchange failed: the bucket may have more under our name than is granted
	busy   chan struct{} // closed when the exchange under way ends; nil: none is
	seen   view          // of whoever made busy
}

// Options are what a meter is made of.
type Options struct {
	Config
	Overservice bool   // let relays pass beyond the budget
	Name        string // of this start of the process
	Log         *slog.Logger
	Metrics     Metrics
}

// New binds the bucket.
func New(ctx context.Context, b *bus.Bus, o Options) (*Meter, error) {
	bucket, err := openBucket(ctx, b, o.Name, o.Log, o.Metrics)
	if err != nil {
		return nil, err
	}
	return &Meter{
		cfg: o.Config, overservice: o.Overservice, bucket: bucket, log: o.Log, metrics: o.Metrics, now: time.Now,
		accounts: map[Key]*entry{}, leftovers: true,
	}, nil
}

// Set changes what is done where budgets do not cover a relay, from the next relay on.
func (m *Meter) Set(onBusFailure string, overservice bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cfg.OnBusFailure, m.overservice = onBusFailure, overservice
}

// Reserve takes the cost of one relay, or returns a [SpentError] or [ErrAway]. It waits for the bus only when nothing is
// left of what was granted. terms is asked at the first relay. giveBack is for a relay that will not be paid, and is
// called at most once.
func (m *Meter) Reserve(ctx context.Context, key Key, terms func() (Terms, error)) (giveBack func(), err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.accounts[key]
	if e == nil {
		t, err := terms()
		if err != nil {
			return nil, err
		}
		e = &entry{account: *newAccount(t), key: key}
		m.accounts[key] = e
		m.metrics.Sessions.Set(float64(len(m.accounts)))
	}
	if err := m.take(ctx, e); err != nil {
		return nil, err
	}
	m.metrics.Spent.Add(float64(e.Cost))
	return func() { m.giveBack(e) }, nil
}

func (m *Meter) giveBack(e *entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e.account.giveBack()
	m.metrics.GivenBack.Add(float64(e.Cost))
}

// take is called and returns with the lock held, and lets go of it while it waits.
func (m *Meter) take(ctx context.Context, e *entry) error {
	var patience time.Time // zero: has not waited
	for {
		now := m.now()
		switch {
		case e.account.take():
			if e.low() && e.Cost > 0 && !now.Before(e.dry) && !m.resting(now) {
				m.ask(e)
			}
			return nil
		case e.Cost > e.Max, now.Before(e.dry):
			return m.over(e)
		case m.resting(now):
			return m.alone(e)
		case !patience.IsZero() && now.After(patience): // it answers, and others were faster each time
			return ErrAway
		}
		if m.away && m.cfg.OnBusFailure == Open { // its turn to try; the relay need not wait for that
			m.ask(e)
			return m.alone(e)
		}
		if patience.IsZero() {
			patience = now.Add(m.cfg.Timeout)
		}
		if err := m.await(ctx, e); err != nil {
			return err
		}
	}
}

// await lets go of the lock until an exchange has ended.
func (m *Meter) await(ctx context.Context, e *entry) error {
	e.wanted = plus(e.wanted, e.Cost)
	done := m.ask(e)
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		e.wanted = minus(e.wanted, e.Cost)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the application's budget: %w", ctx.Err())
	}
}

// over is for a relay beyond the budget.
func (m *Meter) over(e *entry) error {
	if !m.overservice {
		return &SpentError{e.used(), e.Max}
	}
	m.pass(e, reasonOverservice)
	return nil
}

// alone is for a relay while the bus does not answer.
func (m *Meter) alone(e *entry) error {
	switch {
	case e.alone() && m.cfg.OnBusFailure == Open, m.overservice:
		m.pass(e, reasonBus)
		return nil
	case m.cfg.OnBusFailure == Open:
		return &SpentError{e.used(), e.Max}
	default:
		return ErrAway
	}
}

func (m *Meter) pass(e *entry, reason string) {
	e.beyond()
	m.metrics.Ungranted.WithLabelValues(reason).Add(float64(e.Cost))
}

// ask begins to get the next chunk, unless that is under way. The lock is held.
func (m *Meter) ask(e *entry) (done <-chan struct{}) {
	if e.busy == nil {
		m.retryAt = m.now().Add(retry) // counts only when away
		e.busy = make(chan struct{})
		before := e.account
		m.exchanges.Go(func() {
			m.exchange(e, before, before.next)
		})
	}
	return e.busy
}

// exchange brings the bucket up to date: all that is held as of before, and what more says. Its caller has made busy.
func (m *Meter) exchange(e *entry, before account, more func(others uint64) uint64) {
	ctx, cancel := context.WithTimeout(context.Background(), m.cfg.Timeout)
	defer cancel()
	held := before.held()
	ours, others, err := m.bucket.exchange(ctx, e, before.granted, func(others uint64) uint64 { return plus(held, more(others)) })
	m.mu.Lock()
	defer m.mu.Unlock()
	close(e.busy)
	e.busy = nil
	m.heard(err)
	if e.unsure = err != nil; e.unsure {
		return
	}
	e.settle(held, ours, others)
	m.metrics.Granted.Add(float64(ours - held))
	if e.next(others) == 0 {
		e.dry = m.now().Add(recheck)
	}
}

// resting tells that the bus failed just now, and is not asked yet again. The lock is held.
func (m *Meter) resting(now time.Time) bool { return m.away && now.Before(m.retryAt) }

// heard notes whether the bucket answers. The lock is held.
func (m *Meter) heard(err error) {
	if err == nil && m.away {
		m.log.Info("meter has the bus again")
	}
	if err != nil {
		m.metrics.Failures.Inc()
		m.retryAt = m.now().Add(retry)
		if !m.away {
			m.log.Warn("meter without the bus", "err", err, "on_bus_failure", m.cfg.OnBusFailure)
		}
	}
	m.away = err != nil
	m.metrics.Away.Set(map[bool]float64{true: 1}[m.away])
}
