package hasher

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lodeworks/lode/services/kit/bus"
)

// publisher is one relayer, as far as the bus sees it: each lane has one message under way, and waits until it is stored.
type publisher struct {
	bus   *bus.Bus
	group int
	lanes []*lane
	acked atomic.Int64 // relays that are in the log
}

func newPublisher(cfg Config, b *bus.Bus, trees []tree) (*publisher, error) {
	lanes, err := newLanes(cfg, trees)
	return &publisher{bus: b, group: cfg.Group, lanes: lanes}, err
}

// relays is how many were stored so far.
func (p *publisher) relays() int { return int(p.acked.Load()) }

// publish lets all lanes publish as fast as they can, or together rate relays a second, while more says so.
func (p *publisher) publish(ctx context.Context, rate int, more func() bool) error {
	group, ctx := errgroup.WithContext(ctx)
	pause := time.Duration(0)
	if rate > 0 {
		pause = time.Duration(float64(p.group*len(p.lanes)) / float64(rate) * float64(time.Second))
	}
	begin := time.Now()
	for i, l := range p.lanes {
		first := begin.Add(pause * time.Duration(i) / time.Duration(len(p.lanes)))
		group.Go(func() error {
			for n := 0; ; n++ {
				if err := until(ctx, first.Add(time.Duration(n)*pause)); err != nil {
					return err
				}
				if !more() {
					return nil
				}
				if err := p.one(ctx, l); err != nil {
					return err
				}
			}
		})
	}
	return group.Wait()
}

// one publishes the lane's next group.
func (p *publisher) one(ctx context.Context, l *lane) error {
	if _, duplicate, err := p.bus.PublishContent(ctx, l.stamp()); err != nil {
		return err
	} else if duplicate {
		return fmt.Errorf("publish %s: the log has the id already", l.subject)
	}
	p.acked.Add(int64(p.group))
	return nil
}

// until waits for a moment that may have passed.
func until(ctx context.Context, moment time.Time) error {
	wait := time.Until(moment)
	if wait <= 0 {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return nil
	}
}

// during says yes for a while from now on.
func during(d time.Duration) func() bool {
	end := time.Now().Add(d)
	return func() bool { return time.Now().Before(end) }
}

// upTo says yes until so many relays are stored, or under way.
func (p *publisher) upTo(relays int) func() bool {
	var begun atomic.Int64
	begun.Store(p.acked.Load())
	return func() bool { return begun.Add(int64(p.group)) <= int64(relays) }
}
