package submitter

import (
	"context"
	"errors"
	"maps"
	"time"

	"golang.org/x/sync/errgroup"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/blocks"
)

// head is the newest block known.
type head struct {
	height  int64
	time    time.Time // the block's own
	chainID string
}

// onBlockCommitted keeps the head and wakes the loop: heights are level-triggered.
func (s *Submitter) onBlockCommitted(ctx context.Context) error {
	probe := s.kit.Health.Probe("height", s.cfg.StaleAfter)
	return blocks.Follow(ctx, s.bus, func(b *chainv1.Block) error {
		s.head.Store(&head{height: b.Height, time: time.Unix(0, b.TimeUnixNano), chainID: b.ChainId})
		s.metrics.height.Set(float64(b.Height))
		probe.Beat()
		s.wakeUp()
		return nil
	})
}

func (s *Submitter) wakeUp() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// loop takes one step for each supplier whenever the head has moved, an obligation has, or a submitter came or left.
func (s *Submitter) loop(ctx context.Context) error {
	probe := s.kit.Health.Probe("obligations", s.cfg.StaleAfter)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.wake:
		}
		h, alive := s.head.Load(), s.alive()
		if h != nil && s.loaded.Load() && len(alive) > 0 {
			s.once.Do(func() { close(s.ready) })
			if s.stepAll(ctx, *h, alive) {
				s.metrics.served.Set(float64(h.height))
			}
			probe.Beat()
		}
	}
}

// stepAll serves this submitter's suppliers side by side, those first that have most to lose; what fails is logged and
// tried again at the next block. It is cut short when the head moves, and reports whether it was not: the next round
// looks at everything anew, and what was just sent costs nothing there.
func (s *Submitter) stepAll(ctx context.Context, h head, alive map[string]keyring) (all bool) {
	s.stepping.Lock()
	defer s.stepping.Unlock()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.cfg.Parallel)
	open := s.book.bySupplier()
	maps.DeleteFunc(open, func(supplier string, _ []*claimv1.Obligation) bool { return s.owner(supplier, alive) != s.self })
	s.metrics.observe(open)
	s.offers.prune(h.height)
	s.forecast(open, h.height)
	have := s.claimsFor(ctx, open, h.height)
	for _, obligations := range byRisk(open, h.height) {
		group.Go(func() error {
			if s.height() == h.height {
				s.stepSupplier(ctx, h, obligations[0].Terms.Supplier, have, obligations)
			}
			return nil
		})
	}
	_ = group.Wait() // no error is returned
	return s.height() == h.height
}

// stepSupplier groups what the supplier's obligations need at this height, and does it.
func (s *Submitter) stepSupplier(ctx context.Context, h head, supplier string, have *claims, obligations []*claimv1.Obligation) {
	due := map[step][]*claimv1.Obligation{}
	for _, o := range s.adopt(ctx, obligations) {
		at := plan(o, h.height)
		due[at] = append(due[at], o)
	}
	s.each(ctx, due[stepFinish], func(o *claimv1.Obligation) error { return s.finish(ctx, o) })
	s.each(ctx, due[stepEmpty], func(o *claimv1.Obligation) error {
		return s.end(ctx, o, ending{outcome: claimv1.Outcome_OUTCOME_EMPTY, reason: "no relay was below the difficulty target"})
	})
	s.each(ctx, due[stepUnseen], func(o *claimv1.Obligation) error { return s.unseen(ctx, o) })
	s.each(ctx, due[stepMissed], func(o *claimv1.Obligation) error { return s.missed(ctx, h, have, o) })
	s.claim(ctx, h, supplier, have, due[stepClaim])
	s.each(ctx, due[stepDecide], func(o *claimv1.Obligation) error { return s.decide(ctx, h, have, o) })
	s.each(ctx, due[stepReview], func(o *claimv1.Obligation) error { return s.review(ctx, h, o) })
	s.prove(ctx, h, supplier, have, due[stepProve])
}

// each runs f for every obligation; a failure is that obligation's alone.
func (s *Submitter) each(ctx context.Context, list []*claimv1.Obligation, f func(*claimv1.Obligation) error) {
	for _, o := range list {
		err := f(o)
		switch {
		case err == nil || ctx.Err() != nil:
		case errors.Is(err, errLost):
			s.metrics.lost.Inc()
			s.kit.Log.Info("obligation is another submitter's", "supplier", o.Terms.Supplier, "session", o.Terms.SessionId, "phase", o.Phase.String())
		default:
			s.kit.Log.Warn("obligation not served yet", "supplier", o.Terms.Supplier, "session", o.Terms.SessionId, "phase", o.Phase.String(), "err", err)
		}
	}
}
