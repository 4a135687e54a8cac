package relayer

import (
	"errors"
	"fmt"
	"net/http"
	"sync"

	"cosmossdk.io/math"

	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/pocket/relay"
)

// meter bounds what one application may owe one supplier in one session (relay.md §9): its stake, divided by the
// suppliers of a session and by the sessions that can be unsettled at once. Beyond that the chain may not pay.
//
// It counts in this process only: a restart, or a second relayer, starts from nothing. The chain's own cap at
// settlement stays exact; what the meter misses shows there as over-servicing.
type meter struct {
	mu    sync.Mutex
	spent map[meterKey]*budget
	// Overservice lets relays pass beyond the budget.
	overservice bool
}

type meterKey struct{ supplier, session string }

// budget is in whole upokt; spent ≤ max unless over-servicing is allowed.
type budget struct {
	cost, max, spent math.Int
	forgetAt         int64 // height after which no relay of the session can come
}

func newMeter(overservice bool) *meter {
	return &meter{spent: map[meterKey]*budget{}, overservice: overservice}
}

// reserve takes the cost of one relay (check 9), or refuses. The returned function gives it back, for a relay that
// will not be paid.
func (m *meter) reserve(supplier string, s *facts.Session) (giveBack func(), err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := meterKey{supplier, s.Header.SessionId}
	b := m.spent[key]
	if b == nil {
		if b, err = newBudget(s); err != nil {
			return nil, refuse(http.StatusServiceUnavailable, relay.CostUnknown, "cost", err)
		}
		m.spent[key] = b
	}
	next := b.spent.Add(b.cost)
	if next.GT(b.max) && !m.overservice {
		return nil, refuse(http.StatusTooManyRequests, relay.RateLimited, "overservice",
			fmt.Errorf("application %s has no stake left for supplier %s in this session: %s of %s upokt are used", s.Header.ApplicationAddress, supplier, b.spent, b.max))
	}
	b.spent = next
	return func() { m.giveBack(key) }, nil
}

func (m *meter) giveBack(key meterKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b := m.spent[key]; b != nil {
		b.spent = b.spent.Sub(b.cost)
	}
}

// forget drops the budgets of sessions that take no more relays.
func (m *meter) forget(height int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, b := range m.spent {
		if height > b.forgetAt {
			delete(m.spent, key)
		}
	}
}

// newBudget divides the application's stake as the protocol does, rounding down at each step.
func newBudget(s *facts.Session) (*budget, error) {
	stake := s.Application.Stake
	if stake == nil || s.MaxSuppliers == 0 {
		return nil, errors.New("the session has no stake or no suppliers to divide it by")
	}
	cost, err := claim.RelayCost(s.ComputeUnits, s.Start)
	if err != nil {
		return nil, err
	}
	limit := claim.MeterLimit(stake.Amount, s.MaxSuppliers, s.End)
	return &budget{cost: math.NewIntFromUint64(cost), max: limit, spent: math.ZeroInt(), forgetAt: s.Windows.ClaimOpen}, nil
}
