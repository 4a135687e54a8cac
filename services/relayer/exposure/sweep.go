package exposure

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	atOnce      = 16               // exchanges that a sweep has under way
	collectTime = 30 * time.Second // for a pass over the bucket
)

// Run gives back what is not needed, until ctx ends.
func (m *Meter) Run(ctx context.Context) {
	ticker := time.NewTicker(m.cfg.ReturnAfter)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			m.sweep(ctx)
			m.collect(ctx)
		}
	}
}

// Close gives back all that is left. It comes after the last relay.
func (m *Meter) Close(ctx context.Context) {
	m.exchanges.Wait() // each is bounded by its timeout
	m.mu.Lock()
	for _, e := range m.accounts {
		e.recent = 0
	}
	m.mu.Unlock()
	m.sweep(ctx)
}

// Forget drops the accounts of sessions that take no more relays at a height.
func (m *Meter) Forget(height int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.height = max(m.height, height)
	for key, e := range m.accounts {
		if height > e.ForgetAt {
			delete(m.accounts, key)
			m.leftovers = true
		}
	}
	m.metrics.Sessions.Set(float64(len(m.accounts)))
}

// sweep tells the bucket of each account whose grant is more than it needs, or less than it has spent, or not known to
// be what the bucket has.
func (m *Meter) sweep(ctx context.Context) {
	var group errgroup.Group
	group.SetLimit(atOnce)
	for _, e := range m.open() {
		group.Go(func() error {
			if ctx.Err() != nil {
				return nil
			}
			if before, ok := m.begin(e); ok {
				m.exchange(e, before, func(uint64) uint64 { return 0 })
			}
			return nil
		})
	}
	_ = group.Wait()
}

// open lists the accounts, and measures what they hold.
func (m *Meter) open() []*entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	all, unused := make([]*entry, 0, len(m.accounts)), uint64(0)
	for _, e := range m.accounts {
		all, unused = append(all, e), plus(unused, e.left())
	}
	m.metrics.Unused.Set(float64(unused))
	return all
}

// begin makes the account busy if the bucket is to be told something.
func (m *Meter) begin(e *entry) (before account, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e.busy != nil || m.resting(m.now()) {
		return before, false
	}
	back := e.surplus()
	if back == 0 && !e.owing() && !e.unsure {
		return before, false
	}
	m.retryAt = m.now().Add(retry) // counts only when away
	m.metrics.Returned.Add(float64(back))
	e.busy = make(chan struct{})
	return e.account, true
}

// collect removes from the bucket what sessions left that are over.
func (m *Meter) collect(ctx context.Context) {
	m.mu.Lock()
	due, height := m.leftovers && m.height > 0 && !m.away, m.height
	m.leftovers = m.leftovers && !due
	m.mu.Unlock()
	if !due {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, collectTime)
	defer cancel()
	if err := m.bucket.collect(ctx, height); err != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.leftovers = true
		m.log.Warn("exposures of old sessions not removed yet", "err", err)
	}
}
