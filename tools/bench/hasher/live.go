package hasher

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// live publishes as fast as the bus takes relays while hashers fold them. All share the machine.
func (r *run) live(ctx context.Context) error {
	for _, c := range []struct {
		sync    string
		hashers int
		into    *float64
	}{
		{syncSecond, 1, &r.figures.Relays1}, {syncSecond, 2, &r.figures.Relays2},
		{syncAlways, 1, &r.figures.Always}, {syncAlways, 2, &r.beside.Always2},
	} {
		if err := r.with(ctx, c.sync, withTarget(r.trees, targetOf(r.Mined)), func(s *scene) error {
			row, err := r.underLoad(ctx, s, c.sync, c.hashers)
			r.report.add(row)
			*c.into = rounded(row.rate())
			return err
		}); err != nil {
			return err
		}
	}
	r.beside.ScalingLive = ratio(r.figures.Relays2, r.figures.Relays1)
	return nil
}

// underLoad counts from the first publish until the last relay is in a checkpoint.
func (r *run) underLoad(ctx context.Context, s *scene, sync string, hashers int) (row, error) {
	what := fmt.Sprintf("sync %s, %d hashers", sync, hashers)
	r.say("%s: publishing for %v", what, r.Load)
	if err := s.startHashers(ctx, hashers, false, 0); err != nil {
		return row{}, err
	}
	var profiled errgroup.Group
	if r.Profile != "" && hashers == 1 {
		profiled.Go(func() error { return s.hashers[0].Profile(r.Profile+".hasher."+sync, r.Load) })
		profiled.Go(func() error { return s.server.Profile(r.Profile+".bus."+sync, r.Load) })
	}
	watch, err := s.watch()
	if err != nil {
		return row{}, err
	}
	if err := s.publisher.publish(ctx, 0, during(r.Load)); err != nil {
		return row{}, err
	}
	published := time.Since(watch.begin)
	r.say("%s: %d relays published in %.1f s", what, s.publisher.relays(), published.Seconds())
	_, at, err := s.committed(ctx, s.publisher.relays())
	if err != nil {
		return row{}, err
	}
	out, err := watch.row(what, s.publisher.relays(), at)
	out.note = fmt.Sprintf("published in %.1f s", published.Seconds())
	if err := profiled.Wait(); err != nil {
		return row{}, err
	}
	return out, err
}
