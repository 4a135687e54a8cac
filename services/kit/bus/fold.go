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
	cfg := jetstream.OrderedConsumerConfig{FilterSubjects: filters, DeliverPolicy: jetstream.DeliverAllPolicy}
	if from > 1 {
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, from
	}
	c, err := b.JS.OrderedConsumer(ctx, stream, cfg)
	if err != nil {
		return fmt.Errorf("fold %s: %w", stream, err)
	}
	it, err := c.Messages(jetstream.PullHeartbeat(time.Second), jetstream.PullExpiry(5*time.Second))
	if err != nil {
		return fmt.Errorf("fold %s: %w", stream, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	next := pump(ctx, it)
	last := from - min(from, 1)
	for {
		var m jetstream.Msg
		select {
		case <-ctx.Done():
			return ctx.Err()
		case n := <-next:
			if m, err = n.msg, n.err; err != nil && ctx.Err() == nil {
				return fmt.Errorf("fold %s: %w", stream, err)
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		meta, err := m.Metadata()
		if err != nil {
			return fmt.Errorf("fold %s: message without metadata: %w", stream, err)
		}
		seq := meta.Sequence.Stream
		if seq <= last {
			continue
		}
		last = seq
		msg := Msg{Subject: m.Subject(), Data: m.Data(), Sequence: seq, Stored: meta.Timestamp, Pending: meta.NumPending}
		if err := apply(msg); err != nil {
			return fmt.Errorf("fold %s at %d: %w", stream, seq, err)
		}
	}
}

// Replay hands every message that matches filters and is in the stream now to apply, in order, and returns the
// stream's last sequence at the start: a Fold from the next one goes on without a gap or a repetition.
func (b *Bus) Replay(ctx context.Context, stream string, filters []string, apply func(Msg) error) (uint64, error) {
	head, err := b.LastSequence(ctx, stream)
	if err != nil {
		return 0, err
	}
	c, err := b.JS.OrderedConsumer(ctx, stream, jetstream.OrderedConsumerConfig{FilterSubjects: filters})
	if err != nil {
		return 0, fmt.Errorf("replay %s: %w", stream, err)
	}
	if info, err := c.Info(ctx); err != nil {
		return 0, fmt.Errorf("replay %s: %w", stream, err)
	} else if info.NumPending == 0 {
		return head, nil
	}
	done := errors.New("replayed")
	err = b.Fold(ctx, stream, filters, 0, func(m Msg) error {
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

// Empty tells whether the stream holds no message now.
func (b *Bus) Empty(ctx context.Context, stream string) (bool, error) {
	info, err := b.streamInfo(ctx, stream)
	if err != nil {
		return false, err
	}
	return info.State.Msgs == 0, nil
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

// PassedBy tells whether every durable consumer of the stream has acknowledged all messages up to sequence, and
// whether each of the services has one: a service that has not started yet has passed nothing.
func (b *Bus) PassedBy(ctx context.Context, stream string, services []string, sequence uint64) (bool, error) {
	s, err := b.JS.Stream(ctx, stream)
	if err != nil {
		return false, fmt.Errorf("ask for stream %s: %w", stream, err)
	}
	missing, passed := slices.Clone(services), true
	list := s.ListConsumers(ctx)
	for c := range list.Info() { // to the end: the lister waits for us
		if c.Config.Durable == "" {
			continue
		}
		missing = slices.DeleteFunc(missing, func(service string) bool { return strings.HasPrefix(c.Config.Durable, service+"-") })
		if c.NumPending+uint64(c.NumAckPending) > 0 && c.AckFloor.Stream < sequence {
			passed = false
		}
	}
	if err := list.Err(); err != nil {
		return false, fmt.Errorf("list consumers of %s: %w", stream, err)
	}
	return passed && len(missing) == 0, nil
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
