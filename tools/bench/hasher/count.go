package hasher

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Names of the hasher's metrics.
const (
	metricCommitted  = "lode_hasher_relays_committed_total"
	metricFolded     = "lode_hasher_relays_folded_total"
	metricLeaves     = "lode_hasher_leaves"
	metricPartitions = "lode_hasher_partitions"
)

const (
	often    = 20 * time.Millisecond // how often a hasher is asked
	patience = 2 * time.Minute       // until a run has failed
)

// errSlow is returned when what is waited for does not happen.
var errSlow = errors.New("the hashers do not come to an end")

// count is what a hasher says of itself.
type count struct{ committed, folded, leaves, partitions int }

func (h *hasher) count() (count, error) {
	m, err := h.Metrics()
	if err != nil {
		return count{}, err
	}
	return count{int(m[metricCommitted]), int(m[metricFolded]), int(m[metricLeaves]), int(m[metricPartitions])}, nil
}

// await asks the hashers again and again until done says so of what they say together, and returns that and when.
func (s *scene) await(ctx context.Context, what string, done func(sum count, each []count) bool) (count, time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		var sum count
		var each []count
		for _, h := range s.hashers {
			c, err := h.count()
			if err != nil {
				return count{}, time.Time{}, fmt.Errorf("await %s: %w", what, err)
			}
			sum.committed += c.committed
			sum.folded += c.folded
			sum.leaves += c.leaves
			sum.partitions += c.partitions
			each = append(each, c)
		}
		if done(sum, each) {
			return sum, time.Now(), nil
		}
		select {
		case <-ctx.Done():
			return count{}, time.Time{}, fmt.Errorf("await %s: %w (now %+v)", what, errors.Join(errSlow, ctx.Err()), each)
		case <-time.After(often):
		}
	}
}

// shared waits until every partition has an owner, and every hasher about its share of them.
func (s *scene) shared(ctx context.Context) error {
	enough := s.cfg.Partitions / len(s.hashers) * 3 / 4
	_, _, err := s.await(ctx, "partitions shared out", func(sum count, each []count) bool {
		for _, c := range each {
			if c.partitions < enough {
				return false
			}
		}
		return sum.partitions == s.cfg.Partitions
	})
	return err
}

// committed waits until so many relays are in checkpoints.
func (s *scene) committed(ctx context.Context, relays int) (count, time.Time, error) {
	return s.await(ctx, fmt.Sprint(relays, " relays committed"), func(sum count, _ []count) bool { return sum.committed >= relays })
}
