package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Fold hands every message of a stream that matches filters, from sequence from on, to apply, in order and each
// once, until ctx ends or apply fails. It holds no position on the server: whoever folds keeps its own.
func (b *Bus) Fold(ctx context.Context, stream string, filters []string, from uint64, apply func(Msg) error) error {
	c, err := b.JS.OrderedConsumer(ctx, stream, fromSequence(filters, from))
	if err != nil {
		return fmt.Errorf("fold %s: %w", stream, err)
	}
	return b.follow(ctx, stream, c, from-min(from, 1), apply)
}

// forgetAfter is how long the server keeps the consumer of a process that is gone, or paused: there is a limit to how many
// a stream has, and who starts again and again must not reach it.
const forgetAfter = 20 * time.Second

func fromSequence(filters []string, from uint64) jetstream.OrderedConsumerConfig {
	cfg := jetstream.OrderedConsumerConfig{FilterSubjects: filters, DeliverPolicy: jetstream.DeliverAllPolicy, InactiveThreshold: forgetAfter}
	if from > 1 {
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, from
	}
	return cfg
}

// Newest hands the newest message of each subject that matches filter to apply, then every one that follows, all
// without their data. caught is called once, when what was there at the start has been handed on.
func (b *Bus) Newest(ctx context.Context, stream, filter string, caught func(), apply func(Msg) error) error {
	subjects, err := b.Subjects(ctx, stream, filter)
	if err != nil {
		return err
	}
	wait := len(subjects)
	if wait == 0 {
		caught()
	}
	cfg := jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{filter}, DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy, HeadersOnly: true, InactiveThreshold: forgetAfter,
	}
	c, err := b.JS.OrderedConsumer(ctx, stream, cfg)
	if err != nil {
		return fmt.Errorf("fold %s: %w", stream, err)
	}
	return b.follow(ctx, stream, c, 0, func(m Msg) error {
		if err := apply(m); err != nil {
			return err
		}
		if wait--; wait == 0 || wait > 0 && m.Pending == 0 { // a subject may have been purged meanwhile
			wait = 0
			caught()
		}
		return nil
	})
}

// Limits of what one consumer holds in memory before it is handled.
const (
	aheadMessages = 512
	aheadBytes    = MaxPayload + 1<<20 // one message of any size fits
)

// follow hands on what an ordered consumer delivers behind sequence last, and removes it in the end.
func (b *Bus) follow(ctx context.Context, stream string, c jetstream.Consumer, last uint64, apply func(Msg) error) error {
	defer b.remove(ctx, stream, c)
	it, err := c.Messages(jetstream.PullHeartbeat(2*time.Second), jetstream.PullExpiry(10*time.Second),
		jetstream.PullMaxMessagesWithBytesLimit(aheadMessages, aheadBytes))
	if err != nil {
		return fmt.Errorf("fold %s: %w", stream, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	next := pump(ctx, it)
	for {
		var n delivery
		select {
		case <-ctx.Done():
			return ctx.Err()
		case n = <-next:
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if n.err != nil {
			return fmt.Errorf("fold %s: %w", stream, n.err)
		}
		m, err := received(n.msg)
		if err != nil {
			return fmt.Errorf("fold %s: %w", stream, err)
		}
		if m.Sequence <= last {
			continue
		}
		last = m.Sequence
		if err := apply(m); err != nil {
			return fmt.Errorf("fold %s at %d: %w", stream, m.Sequence, err)
		}
	}
}

// remove spares the server a consumer that nobody uses any more. What fails is forgotten after a while.
func (b *Bus) remove(ctx context.Context, stream string, c jetstream.Consumer) {
	info := c.CachedInfo()
	if info == nil || !b.NC.IsConnected() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = b.JS.DeleteConsumer(ctx, stream, info.Name)
}

// Replay hands every message that matches filters and is in the stream now to apply, in order, and returns the
// stream's last sequence at the start: a Fold from the next one goes on without a gap or a repetition.
func (b *Bus) Replay(ctx context.Context, stream string, filters []string, apply func(Msg) error) (uint64, error) {
	return b.ReplayFrom(ctx, stream, filters, 0, apply)
}

// ReplayFrom is Replay of the messages from sequence from on.
func (b *Bus) ReplayFrom(ctx context.Context, stream string, filters []string, from uint64, apply func(Msg) error) (uint64, error) {
	head, err := b.LastSequence(ctx, stream)
	if err != nil {
		return 0, err
	}
	if from > head {
		return head, nil
	}
	c, err := b.JS.OrderedConsumer(ctx, stream, fromSequence(filters, from))
	if err != nil {
		return 0, fmt.Errorf("replay %s: %w", stream, err)
	}
	if info, err := c.Info(ctx); err != nil || info.NumPending == 0 {
		b.remove(ctx, stream, c)
		if err != nil {
			return 0, fmt.Errorf("replay %s: %w", stream, err)
		}
		return head, nil
	}
	done := errors.New("replayed")
	err = b.follow(ctx, stream, c, from-min(from, 1), func(m Msg) error {
		if m.Sequence <= head {
			if err := apply(m); err != nil {
				return err
			}
		}
		if m.Sequence >= head || m.Pending == 0 {
			return done
		}
		return nil
	})
	if errors.Is(err, done) {
		return head, nil
	}
	return head, err
}

// Subjects counts the messages of each subject of the stream that matches filter.
func (b *Bus) Subjects(ctx context.Context, stream, filter string) (map[string]uint64, error) {
	s, err := b.JS.Stream(ctx, stream)
	if err != nil {
		return nil, fmt.Errorf("ask for stream %s: %w", stream, err)
	}
	info, err := s.Info(ctx, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return nil, fmt.Errorf("ask for subjects of %s: %w", stream, err)
	}
	return info.State.Subjects, nil
}

// Replicas is on how many servers a stream is stored.
func (b *Bus) Replicas(ctx context.Context, stream string) (int, error) {
	info, err := b.streamInfo(ctx, stream)
	if err != nil {
		return 0, err
	}
	return info.Config.Replicas, nil
}

// LastSequence is the sequence of the newest message of a stream; 0 when it never had one.
func (b *Bus) LastSequence(ctx context.Context, stream string) (uint64, error) {
	info, err := b.streamInfo(ctx, stream)
	if err != nil {
		return 0, err
	}
	return info.State.LastSeq, nil
}

func (b *Bus) streamInfo(ctx context.Context, stream string) (*jetstream.StreamInfo, error) {
	s, err := b.JS.Stream(ctx, stream) // asks the server
	if err != nil {
		return nil, fmt.Errorf("ask for stream %s: %w", stream, err)
	}
	return s.CachedInfo(), nil
}

// Floor is the sequence up to which every durable consumer of the stream has acknowledged all messages. It is 0 while
// one of the services has no consumer: a service that has not started yet has passed nothing.
func (b *Bus) Floor(ctx context.Context, stream string, services []string) (uint64, error) {
	s, err := b.JS.Stream(ctx, stream)
	if err != nil {
		return 0, fmt.Errorf("ask for stream %s: %w", stream, err)
	}
	missing, floor := slices.Clone(services), s.CachedInfo().State.LastSeq
	list := s.ListConsumers(ctx)
	for c := range list.Info() { // to the end: the lister waits for us
		if c.Config.Durable == "" {
			continue
		}
		missing = slices.DeleteFunc(missing, func(service string) bool { return strings.HasPrefix(c.Config.Durable, service+"-") })
		if c.NumPending+uint64(c.NumAckPending) > 0 {
			floor = min(floor, c.AckFloor.Stream)
		}
	}
	if err := list.Err(); err != nil {
		return 0, fmt.Errorf("list consumers of %s: %w", stream, err)
	}
	if len(missing) > 0 {
		return 0, nil
	}
	return floor, nil
}

// Purge removes the messages of a subject filter up to and including a sequence.
func (b *Bus) Purge(ctx context.Context, stream, subject string, upTo uint64) error {
	s, err := b.JS.Stream(ctx, stream)
	if err != nil {
		return fmt.Errorf("ask for stream %s: %w", stream, err)
	}
	if err := s.Purge(ctx, jetstream.WithPurgeSubject(subject), jetstream.WithPurgeSequence(upTo+1)); err != nil {
		return fmt.Errorf("purge %s: %w", subject, err)
	}
	return nil
}
