package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"
)

// Msg is one message as a handler sees it.
type Msg struct {
	Subject  string
	Data     []byte
	Sequence uint64    // in its stream
	Stored   time.Time // when the stream stored it
	Pending  uint64    // messages behind it
	Header   nats.Header
}

// received is a delivered message as a handler sees it.
func received(m jetstream.Msg) (Msg, error) {
	meta, err := m.Metadata()
	if err != nil {
		return Msg{}, fmt.Errorf("message without metadata: %w", err)
	}
	return Msg{
		Subject: m.Subject(), Data: m.Data(), Sequence: meta.Sequence.Stream, Stored: meta.Timestamp, Pending: meta.NumPending, Header: m.Headers(),
	}, nil
}

// Durable names a durable consumer: <service>-<noun>-<verb>, one for each handler.
type Durable struct {
	Stream  string
	Name    string
	Filters []string // subjects; none: all of the stream
	// AckWait is how long a handler may take before the message is delivered again; 0: 30 s.
	AckWait time.Duration
}

// consumer creates or binds the durable. Old messages are delivered first; nothing is ever given up on.
func (b *Bus) consumer(ctx context.Context, d Durable, maxPending int) (jetstream.Consumer, error) {
	wait := d.AckWait
	if wait == 0 {
		wait = 30 * time.Second
	}
	cfg := jetstream.ConsumerConfig{
		Durable: d.Name, FilterSubjects: d.Filters, AckPolicy: jetstream.AckExplicitPolicy, AckWait: wait,
		DeliverPolicy: jetstream.DeliverAllPolicy, MaxDeliver: -1, MaxAckPending: maxPending,
	}
	if len(d.Filters) == 1 { // then it is part of the request's subject, and permissions can tell it
		cfg.FilterSubject, cfg.FilterSubjects = d.Filters[0], nil
	}
	c, err := b.JS.CreateOrUpdateConsumer(ctx, d.Stream, cfg)
	if err != nil {
		return nil, fmt.Errorf("bind consumer %s: %w", d.Name, err)
	}
	return c, nil
}

// Consume hands the durable's messages to handle, one at a time and in order, until ctx ends. A message is
// acknowledged after handle returned nil, and the server has confirmed that it knows. Errors: see Retry, Poison,
// Stop; a retried message holds back the ones behind it.
func (b *Bus) Consume(ctx context.Context, d Durable, handle func(context.Context, Msg) error) error {
	return b.ConsumeBatches(ctx, d, 1, func(ctx context.Context, ms []Msg) error { return handle(ctx, ms[0]) })
}

// ConsumeParallel hands up to width of the durable's messages to handle at once, each with its own outcome: for
// messages that do not depend on each other's order.
func (b *Bus) ConsumeParallel(ctx context.Context, d Durable, width int, handle func(context.Context, Msg) error) error {
	return b.consumeBatches(ctx, d, width, func(ctx context.Context, batch []jetstream.Msg) error {
		group, ctx := errgroup.WithContext(ctx)
		for i := range batch {
			group.Go(func() error {
				return b.settle(ctx, d, batch[i:i+1], func(ctx context.Context, ms []Msg) error { return handle(ctx, ms[0]) })
			})
		}
		return group.Wait()
	})
}

// ConsumeBatches hands the durable's messages to handle in batches of at most size, in order: what is there,
// without waiting for a batch to fill. All of a batch share the handler's outcome.
func (b *Bus) ConsumeBatches(ctx context.Context, d Durable, size int, handle func(context.Context, []Msg) error) error {
	return b.consumeBatches(ctx, d, size, func(ctx context.Context, batch []jetstream.Msg) error {
		return b.settle(ctx, d, batch, handle)
	})
}

// consumeBatches fetches and hands on until ctx ends; an error of settle stops the consumer.
func (b *Bus) consumeBatches(ctx context.Context, d Durable, size int, settle func(context.Context, []jetstream.Msg) error) error {
	c, err := b.consumer(ctx, d, size)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		batch, err := fetch(ctx, c, size)
		if err != nil && ctx.Err() == nil {
			b.log.Warn("fetch failed", "consumer", d.Name, "err", err)
			if serr := sleep(ctx, 200*time.Millisecond); serr != nil {
				return serr
			}
			if errors.Is(err, jetstream.ErrConsumerNotFound) || errors.Is(err, nats.ErrNoResponders) {
				if again, err := b.consumer(ctx, d, size); err == nil {
					c = again
				}
			}
			continue
		}
		if len(batch) == 0 {
			b.metrics.progress.WithLabelValues(d.Name).SetToCurrentTime()
			continue
		}
		if err := settle(ctx, batch); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// fetch waits up to a second for a first message and takes what is there with it.
func fetch(ctx context.Context, c jetstream.Consumer, size int) ([]jetstream.Msg, error) {
	if size > 1 {
		ready, err := c.FetchNoWait(size)
		if err != nil {
			return nil, err
		}
		if batch := drain(ready); len(batch) > 0 || ready.Error() != nil {
			return batch, ready.Error()
		}
	}
	wait, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	one, err := c.Fetch(1, jetstream.FetchContext(wait))
	if err != nil {
		return nil, err
	}
	batch := drain(one)
	if err := one.Error(); err != nil && len(batch) == 0 && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, nats.ErrTimeout) {
		return nil, err
	}
	return batch, nil
}

func drain(mb jetstream.MessageBatch) []jetstream.Msg {
	var batch []jetstream.Msg
	for m := range mb.Messages() {
		batch = append(batch, m)
	}
	return batch
}

// settle runs the handler and turns its outcome into acknowledgements.
func (b *Bus) settle(ctx context.Context, d Durable, batch []jetstream.Msg, handle func(context.Context, []Msg) error) error {
	msgs := make([]Msg, len(batch))
	for i, m := range batch {
		var err error
		if msgs[i], err = received(m); err != nil {
			return fmt.Errorf("consumer %s: %w", d.Name, err)
		}
	}
	err := handle(ctx, msgs)
	if err == nil {
		b.each(batch, func(m jetstream.Msg) error { return m.DoubleAck(ctx) })
		b.metrics.progress.WithLabelValues(d.Name).SetToCurrentTime()
		return nil
	}
	c := classify(err)
	switch c.class {
	case classStop:
		return fmt.Errorf("consumer %s: %w", d.Name, err)
	case classPoison:
		b.log.Error("message is poison", "consumer", d.Name, "subject", msgs[0].Subject, "stream_seq", msgs[0].Sequence, "err", err)
		for i, m := range batch {
			if derr := b.Bury(ctx, d.Stream, msgs[i], err); derr != nil {
				return derr
			}
			if terr := m.Term(); terr != nil {
				b.log.Warn("end of poison message not confirmed", "err", terr)
			}
		}
		b.metrics.progress.WithLabelValues(d.Name).SetToCurrentTime()
		return nil
	default:
		b.log.Warn("message will be retried", "consumer", d.Name, "subject", msgs[0].Subject, "stream_seq", msgs[0].Sequence, "err", err)
		b.each(batch, func(m jetstream.Msg) error { return m.NakWithDelay(c.after) })
		return sleep(ctx, c.after)
	}
}

// each applies f to all, side by side: an acknowledgement waits for the server's disk. Failures are logged, for the
// server delivers such a message again.
func (b *Bus) each(batch []jetstream.Msg, f func(jetstream.Msg) error) {
	var wait sync.WaitGroup
	for _, m := range batch {
		wait.Go(func() {
			if err := f(m); err != nil {
				b.log.Warn("acknowledgement not confirmed", "subject", m.Subject(), "err", err)
			}
		})
	}
	wait.Wait()
}

// Bury copies a message that no retry can help to DEAD, with the reason and where it came from.
func (b *Bus) Bury(ctx context.Context, stream string, m Msg, why error) error {
	dead := &nats.Msg{Subject: DeadSubject(b.service, strings.ToLower(stream)), Data: m.Data, Header: nats.Header{}}
	dead.Header.Set("Lode-Error", why.Error())
	dead.Header.Set("Lode-Subject", m.Subject)
	id := fmt.Sprintf("dead/%s/%s/%d", b.service, stream, m.Sequence)
	if _, err := b.JS.PublishMsg(ctx, dead, jetstream.WithMsgID(id)); err != nil {
		return fmt.Errorf("bury message %d of %s: %w", m.Sequence, stream, err)
	}
	b.metrics.dead.WithLabelValues(stream).Inc()
	return nil
}

// sleep waits, or returns ctx's error.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
