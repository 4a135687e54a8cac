package hasher

import (
	"context"
	"errors"
	"fmt"
)

// backlogs measures how fast hashers fold what waits, one and two of them, each on a processor of its own; then the same
// with a part of a processor for each, so that the bus, which reads the log for them, does not bound both.
func (r *run) backlogs(ctx context.Context) error {
	one, err := r.backlog(ctx, 1, r.Backlog, 0)
	if err != nil {
		return err
	}
	two, err := r.backlog(ctx, 2, r.Backlog, 0)
	if err != nil {
		return err
	}
	r.figures.Scaling = ratio(two, one)
	r.beside.Backlog1, r.beside.Backlog2, r.beside.Share = rounded(one), rounded(two), r.Share
	one, err = r.backlog(ctx, 1, r.Limited/2, r.Share)
	if errors.Is(err, errNoLimit) {
		r.say("not measured: %v", err)
		return nil
	}
	if err != nil {
		return err
	}
	if two, err = r.backlog(ctx, 2, r.Limited, r.Share); err != nil {
		return err
	}
	r.beside.Limited1, r.beside.Limited2, r.beside.ScalingLimited = rounded(one), rounded(two), ratio(two, one)
	return nil
}

// backlog publishes, then starts hashers, and returns how many relays a second are committed while all of them work:
// from when they have shared out the partitions, a tenth at least, until nine tenths are committed.
func (r *run) backlog(ctx context.Context, hashers, relays int, share float64) (rate float64, err error) {
	what := fmt.Sprintf("backlog, %d hashers", hashers)
	if share > 0 {
		what += fmt.Sprintf(" at %.0f %% of a processor", 100*share)
	}
	err = r.with(ctx, syncSecond, r.trees, func(s *scene) error {
		r.say("%s: publishing %d relays", what, relays)
		alone, err := s.watch()
		if err != nil {
			return err
		}
		if err := s.publisher.publish(ctx, 0, s.publisher.upTo(relays)); err != nil {
			return err
		}
		published := s.publisher.relays()
		if share == 0 && hashers == 1 {
			row, err := alone.until("publisher and bus alone", published)
			if err != nil {
				return err
			}
			r.report.add(row)
			r.beside.PublisherCost = rounded(float64(row.publisher.Microseconds()) / float64(published))
		}
		r.say("%s: folding", what)
		if err := s.startHashers(ctx, hashers, true, share); err != nil {
			return err
		}
		row, err := s.steady(ctx, what, published)
		if err != nil {
			return err
		}
		r.report.add(row)
		rate = row.rate()
		return nil
	})
	return rate, err
}

// steady is what is committed between a tenth, or what is committed by now, and nine tenths. Both ends are at a moment
// when the count has just gone up.
func (s *scene) steady(ctx context.Context, what string, published int) (row, error) {
	now, _, err := s.committed(ctx, 0)
	if err != nil {
		return row{}, err
	}
	from, _, err := s.committed(ctx, max(now.committed+1, published/10))
	if err != nil {
		return row{}, err
	}
	watch, err := s.watch()
	if err != nil {
		return row{}, err
	}
	to, at, err := s.committed(ctx, max(from.committed+1, published*9/10))
	if err != nil {
		return row{}, err
	}
	out, err := watch.row(what, to.committed-from.committed, at)
	out.note = fmt.Sprintf("from %d %% to %d %% of the backlog", 100*from.committed/published, 100*to.committed/published)
	return out, err
}
