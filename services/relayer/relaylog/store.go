package relaylog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/lodeworks/lode/services/kit/bus"
)

// store puts one group into the log or the spool; it gives up only when the log is closed.
func (l *Log) store(ln *lane, g *group) error {
	content, err := bus.NewContent(bus.RelayServedSubject(fmt.Sprint(ln.key.partition), fmt.Sprint(ln.key.end)), &g.message)
	if err != nil {
		return err
	}
	if l.o.Spool == nil {
		return l.publish(l.ctx, content)
	}
	err = l.inTime(ln, g, content)
	if err == nil {
		return nil
	}
	aside := content
	if !errors.Is(err, errNotTaken) {
		aside.ID = "" // the bus has never heard of it: it may be joined with others
	}
	position, full := l.o.Spool.Append(aside)
	if full == nil {
		ln.spooled = position
		l.o.Metrics.Spooled.Add(float64(len(g.message.Relays)))
		l.setAway(errors.Is(err, errNotTaken) || l.away.Load())
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

var (
	errAway     = errors.New("the bus is away")
	errNotTaken = errors.New("the bus did not take the group in time")
)

// inTime brings a group to the bus if that can be done soon, and in order.
func (l *Log) inTime(ln *lane, g *group, content bus.Content) error {
	if l.away.Load() {
		return errAway
	}
	// While the spool is drained, groups wait for their turn and fill meanwhile: fewer of them go to the spool than are
	// drained from it, so that it becomes empty under load too.
	turn, cancel := context.WithDeadline(l.ctx, g.born.Add(l.o.After/4))
	defer cancel()
	if err := l.o.Spool.AwaitDrained(turn, ln.spooled); err != nil {
		return err
	}
	try, stop := context.WithTimeout(l.ctx, l.o.After)
	defer stop()
	if err := l.publish(try, content); err != nil {
		return fmt.Errorf("%w: %w", errNotTaken, err)
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
