package hasher

import (
	"context"
	"fmt"
	"time"
)

// settled is how long a count must stand still to be its last.
const settled = 2 * time.Second

// handover kills one of two hashers under load. The load goes on for a moment; the handover is over when the other one
// has committed the last relay of it.
func (r *run) handover(ctx context.Context) error {
	return r.with(ctx, syncSecond, r.trees, func(s *scene) error {
		r.say("handover: %d relays/s", r.Rate)
		if err := s.startHashers(ctx, 2, false, 0); err != nil {
			return err
		}
		if err := s.publisher.publish(ctx, r.Rate, during(r.Before)); err != nil {
			return err
		}
		loaded := make(chan error, 1)
		go func() { loaded <- s.publisher.publish(ctx, r.Rate, during(r.After)) }()
		if err := s.hashers[0].Kill(); err != nil {
			return err
		}
		killed := time.Now()
		s.hashers = s.hashers[1:]
		if err := <-loaded; err != nil {
			return err
		}
		last, err := s.lastCommit(ctx)
		if err != nil {
			return err
		}
		took := last.Sub(killed)
		r.figures.Handover = rounded(took.Seconds())
		r.report.note("handover: %d relays published until %v after the kill were committed %.2f s after it", s.publisher.relays(), r.After, took.Seconds())
		return nil
	})
}

// lastCommit is when the hasher that is left last committed anything. What the killed one had committed it does not
// tell, so the count alone cannot: every leaf must be in memory, and the count stand still.
func (s *scene) lastCommit(ctx context.Context) (time.Time, error) {
	all, seen := s.publisher.relays(), -1
	var last time.Time
	_, _, err := s.await(ctx, fmt.Sprint(all, " leaves at the hasher that is left"), func(sum count, _ []count) bool {
		if sum.committed != seen {
			seen, last = sum.committed, time.Now()
		}
		return sum.leaves >= all && sum.partitions == s.cfg.Partitions && time.Since(last) > settled
	})
	return last, err
}
