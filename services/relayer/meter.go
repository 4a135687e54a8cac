package relayer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/relayer/exposure"
)

// meter bounds what one application may owe one supplier in one session (relay.md §9): its stake, divided by the
// suppliers of a session and by the sessions that can be unsettled at once. Beyond that the chain may not pay. All
// relayers of a supplier share the budget, see package exposure.
type meter struct{ *exposure.Meter }

func newMeter(ctx context.Context, cfg Config, b *bus.Bus, incarnation string, kit run.Kit, m *metrics) (meter, error) {
	shared, err := exposure.New(ctx, b, exposure.Options{
		Config: cfg.Meter, Overservice: cfg.Overservice, Name: incarnation, Log: kit.Log, Metrics: m.ofMeter(),
	})
	return meter{shared}, err
}

// reserve takes the cost of one relay (check 9), or refuses. The returned function gives it back, for a relay that
// will not be paid.
func (m meter) reserve(ctx context.Context, supplier string, s *facts.Session) (giveBack func(), err error) {
	key := exposure.Key{Supplier: supplier, Session: s.Header.SessionId}
	giveBack, err = m.Reserve(ctx, key, func() (exposure.Terms, error) { return termsOfBudget(s) })
	var spent *exposure.SpentError
	switch {
	case err == nil:
		return giveBack, nil
	case errors.As(err, &spent):
		return nil, refuse(http.StatusTooManyRequests, relay.RateLimited, "overservice",
			fmt.Errorf("application %s has no stake left for supplier %s in this session: %w", s.Header.ApplicationAddress, supplier, err))
	case errors.Is(err, exposure.ErrAway):
		return nil, refuse(http.StatusServiceUnavailable, relay.RateLimited, "meter", err)
	case errors.Is(err, context.Canceled):
		return nil, refuse(http.StatusBadGateway, relay.Internal, "client_gone", err)
	default:
		return nil, refuse(http.StatusServiceUnavailable, relay.CostUnknown, "cost", err)
	}
}

// close gives back what is not used, after the last relay.
func (m meter) close(patience time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	m.Close(ctx)
}

// termsOfBudget divides the application's stake as the protocol does, rounding down at each step.
func termsOfBudget(s *facts.Session) (exposure.Terms, error) {
	stake := s.Application.Stake
	if stake == nil || s.MaxSuppliers == 0 {
		return exposure.Terms{}, errors.New("the session has no stake or no suppliers to divide it by")
	}
	cost, err := claim.RelayCost(s.ComputeUnits, s.Start)
	if err != nil {
		return exposure.Terms{}, err
	}
	t := exposure.Terms{Cost: cost, Max: math.MaxUint64, ForgetAt: s.Windows.ClaimOpen}
	if limit := claim.MeterLimit(stake.Amount, s.MaxSuppliers, s.End); limit.IsUint64() {
		t.Max = limit.Uint64()
	}
	return t, nil
}
