package hasher

import (
	"context"
	"fmt"
	"time"
)

// restart measures what a leaf costs in memory, and how long a hasher that was stopped, and one that was killed, takes
// until all leaves are there again and what came meanwhile is committed.
func (r *run) restart(ctx context.Context) error {
	return r.with(ctx, syncSecond, r.trees, func(s *scene) error {
		r.say("restart: %d leaves", r.Leaves)
		if err := s.startHashers(ctx, 1, false, 0); err != nil {
			return err
		}
		before, err := s.hashers[0].Resident()
		if err != nil {
			return err
		}
		if err := s.fold(ctx, r.Leaves); err != nil {
			return err
		}
		after, err := s.hashers[0].Resident()
		if err != nil {
			return err
		}
		leaves := float64(s.publisher.relays())
		r.figures.BytesPerLeaf = rounded(float64(after-before) / leaves)
		stopped, err := s.again(ctx, (*hasher).Stop)
		if err != nil {
			return err
		}
		loaded, err := s.hashers[0].Resident()
		if err != nil {
			return err
		}
		killed, err := s.again(ctx, (*hasher).Kill)
		if err != nil {
			return err
		}
		r.figures.Restart, r.beside.RestartKilled = rounded(stopped.Seconds()), rounded(killed.Seconds())
		r.beside.BytesLoaded = rounded(float64(loaded-before) / leaves)
		r.report.note("restart with %.0f leaves: %.2f s when it was stopped, %.2f s when it was killed", leaves, stopped.Seconds(), killed.Seconds())
		r.report.note("memory: %.0f bytes a leaf while folding, %.0f after a restart", r.figures.BytesPerLeaf, r.beside.BytesLoaded)
		return nil
	})
}

// fold publishes so many relays more and waits until all are committed.
func (s *scene) fold(ctx context.Context, relays int) error {
	if err := s.publisher.publish(ctx, 0, s.publisher.upTo(s.publisher.relays()+relays)); err != nil {
		return err
	}
	_, _, err := s.committed(ctx, s.publisher.relays())
	return err
}

// again ends the only hasher, publishes one more group for each lane, starts a fresh process and returns how long that
// takes until every leaf is in memory and the new groups are committed.
func (s *scene) again(ctx context.Context, end func(*hasher) error) (time.Duration, error) {
	if err := end(s.hashers[0]); err != nil {
		return 0, fmt.Errorf("end a hasher: %w", err)
	}
	s.hashers = nil
	had := s.publisher.relays()
	if err := s.publisher.publish(ctx, 0, s.publisher.upTo(had+len(s.publisher.lanes)*s.publisher.group)); err != nil {
		return 0, err
	}
	begin := time.Now()
	if _, err := s.hasher(ctx, 0, 0); err != nil {
		return 0, err
	}
	if err := s.hashers[0].Ready(ctx); err != nil {
		return 0, err
	}
	all := s.publisher.relays()
	_, at, err := s.await(ctx, "every leaf in memory again", func(sum count, _ []count) bool { return sum.leaves >= all })
	return at.Sub(begin), err
}
