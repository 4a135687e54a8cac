package relaylog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/lodeworks/lode/services/kit/bus"
)

// storeNext puts the lane's next group into the log or the spool; it gives up only when the log is closed.
func (l *Log) storeNext(ln *lane, born time.Time) {
	begin := time.Now()
	g, content, err := l.send(ln, born)
	if err != nil && l.o.Spool != nil && content.Data != nil {
		err = l.setAside(ln, g, content, err)
	}
	g.err = err
	l.o.Metrics.Store.Observe(time.Since(begin).Seconds())
	l.finish(g)
}

// send brings the lane's next group to the bus when its turn comes; until then it fills.
func (l *Log) send(ln *lane, born time.Time) (g *group, content bus.Content, err error) {
	unclear := l.clear(ln, born)
	if unclear == nil {
		defer l.turn()()
	}
	g = l.next(ln)
	content, err = bus.NewContent(bus.RelayServedSubject(fmt.Sprint(ln.key.partition), fmt.Sprint(ln.key.end)), &g.message)
	switch {
	case err != nil:
		return g, bus.Content{}, err
	case unclear != nil:
		return g, content, unclear
	case l.o.Spool == nil:
		return g, content, l.publish(l.ctx, content)
	default:
		return g, content, l.inTime(content)
	}
}

var (
	errAway     = errors.New("the bus is away")
	errNotTaken = errors.New("the bus did not take the group in time")
)

// clear returns when the lane's next group may go to the bus: what the lane has in the spool is there. While the spool is
// drained, groups wait for that and fill meanwhile: fewer of them go to the spool than are drained from it, so that it
// becomes empty under load too.
func (l *Log) clear(ln *lane, born time.Time) error {
	if l.o.Spool == nil {
		return nil
	}
	if l.away.Load() {
		return errAway
	}
	wait, cancel := context.WithDeadline(l.ctx, born.Add(l.o.After/4))
	defer cancel()
	return l.o.Spool.AwaitDrained(wait, ln.spooled)
}

// turn waits until few enough groups are on their way to the bus. Lanes take turns in the order in which they asked. It
// does not wait for long: a publish under way ends, or else the bus is away. Without a spool nothing else can be done.
func (l *Log) turn() (release func()) {
	if l.turns == nil {
		return func() {}
	}
	l.turns <- struct{}{}
	return func() { <-l.turns }
}

// inTime brings a group to the bus if that can be done soon.
func (l *Log) inTime(content bus.Content) error {
	if l.away.Load() { // since the group waits for its turn
		return errAway
	}
	try, stop := context.WithTimeout(l.ctx, l.o.After)
	defer stop()
	if err := l.publish(try, content); err != nil {
		return fmt.Errorf("%w: %w", errNotTaken, err)
	}
	l.setAway(false)
	return nil
}

// setAside puts a group into the spool; why is what kept it from the bus.
func (l *Log) setAside(ln *lane, g *group, content bus.Content, why error) error {
	aside := content
	if !errors.Is(why, errNotTaken) {
		aside.ID = "" // the bus has never heard of it: it may be joined with others
	}
	position, full := l.o.Spool.Append(aside)
	if full == nil {
		ln.spooled = position
		l.o.Metrics.Spooled.Add(float64(len(g.message.Relays)))
		l.setAway(errors.Is(why, errNotTaken) || l.away.Load())
		return nil
	}
	// The disk's fault, or full: there is nothing but the bus, and before it what the lane has in the spool.
	if err := l.o.Spool.AwaitDrained(l.ctx, ln.spooled); err != nil {
		return errors.Join(full, err)
	}
	if err := l.publish(l.ctx, content); err != nil {
		return err
	}
	l.setAway(false)
	return nil
}

// publish tries until the bus has the group or ctx ends.
func (l *Log) publish(ctx context.Context, content bus.Content) error {
	try := func() (struct{}, error) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		return struct{}{}, l.o.Publish(ctx, content)
	}
	policy := backoff.NewExponentialBackOff()
	policy.InitialInterval, policy.MaxInterval = 50*time.Millisecond, 2*time.Second
	_, err := backoff.Retry(ctx, try, backoff.WithBackOff(policy), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, wait time.Duration) {
			l.o.Metrics.PublishErrors.Inc()
			if !l.away.Load() { // else it has been said
				l.o.Log.Warn("relay group not stored yet", "subject", content.Subject, "wait", wait, "err", err)
			}
		}))
	if err != nil {
		return fmt.Errorf("store relay group: %w", err)
	}
	return nil
}

// publishSpooled is publish for Drain. Lanes that wait for the drain do not ask the bus, so this says that it is away.
func (l *Log) publishSpooled(ctx context.Context, run []bus.Content) error {
	for _, content := range join(run) {
		said := make(chan struct{})
		late := time.AfterFunc(l.o.After, func() { defer close(said); l.setAway(true) })
		err := l.publish(ctx, content)
		if !late.Stop() {
			<-said
		}
		if err != nil {
			return err
		}
		l.setAway(false)
	}
	return nil
}

// setAway notes whether the bus takes groups, and says so when that has changed.
func (l *Log) setAway(away bool) {
	if !l.away.CompareAndSwap(!away, away) {
		return
	}
	if away {
		l.o.Metrics.Away.Set(1)
		l.o.Log.Warn("bus does not take relays: they go to the spool")
	} else {
		l.o.Metrics.Away.Set(0)
		l.o.Log.Info("bus takes relays again")
	}
}

// Drain brings what is in the spool to the bus, that of a former process first, until ctx ends.
func (l *Log) Drain(ctx context.Context) error {
	if l.o.Spool == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	return l.o.Spool.Drain(ctx, l.publishSpooled)
}
