package bus

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/semaphore"
)

// Pipe publishes messages of one stream in order, without waiting for one before the next is sent. One goroutine
// publishes.
type Pipe struct {
	b    *Bus
	most int64               // bytes under way
	room *semaphore.Weighted // of most
	sent chan sent
}

// sent is a message under way, or, without a future, a mark between two.
type sent struct {
	subject string
	size    int64
	future  jetstream.PubAckFuture
	stored  func(sequence uint64, duplicate bool) error
}

const (
	pipeLength = 1024            // messages under way; nats.go allows for 4,000
	pipeWait   = 5 * time.Second // for the answer to a message once those before it are stored, as nats.go waits for one
)

var errNoAnswer = errors.New("the stream did not answer in time")

// Pipe returns one with so many bytes of messages under way at most; a larger message goes alone. It works while
// [Pipe.Run] does.
func (b *Bus) Pipe(most int64) *Pipe {
	return &Pipe{b: b, most: most, room: semaphore.NewWeighted(most), sent: make(chan sent, pipeLength)}
}

// Publish sends a message behind those before it. Once the stream has stored it, and those before it, stored is called
// by Run; nil: nobody wants to know. behind, when not empty, is the id that the stream's last message must have, else Run
// ends with ErrConflict. Messages that each are behind the one before are stored from the first on, without a gap and
// without another one between, whatever is lost on the way.
func (p *Pipe) Publish(ctx context.Context, c Content, behind string, stored func(sequence uint64, duplicate bool) error) error {
	size := min(int64(len(c.Data)), p.most)
	if err := p.room.Acquire(ctx, size); err != nil {
		return err
	}
	opts := []jetstream.PublishOpt{jetstream.WithRetryAttempts(0)} // a second attempt would come behind later messages
	if behind != "" {
		opts = append(opts, jetstream.WithExpectLastMsgID(behind))
	}
	future, err := p.b.JS.PublishMsgAsync(c.message(), opts...)
	if err != nil {
		p.room.Release(size)
		return publishError(c.Subject, err)
	}
	return p.put(ctx, sent{subject: c.Subject, size: size, future: future, stored: stored})
}

// Flush returns when all that was published before is stored.
func (p *Pipe) Flush(ctx context.Context) error {
	reached := make(chan struct{})
	mark := func(uint64, bool) error { close(reached); return nil }
	if err := p.put(ctx, sent{stored: mark}); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-reached:
		return nil
	}
}

func (p *Pipe) put(ctx context.Context, s sent) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case p.sent <- s:
		return nil
	}
}

// Run looks after what is published until ctx ends, a message turns out not to be stored, or stored returns an error. What
// was published behind such a message is unknown.
func (p *Pipe) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case s := <-p.sent:
			if err := p.settle(ctx, s); err != nil {
				return err
			}
		}
	}
}

// settle awaits one message's answer.
func (p *Pipe) settle(ctx context.Context, s sent) error {
	if s.future == nil {
		return s.stored(0, false)
	}
	late := time.NewTimer(pipeWait)
	defer late.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-late.C:
		return publishError(s.subject, errNoAnswer)
	case err := <-s.future.Err():
		return publishError(s.subject, err)
	case ack := <-s.future.Ok():
		p.room.Release(s.size)
		if s.stored == nil {
			return nil
		}
		return s.stored(ack.Sequence, ack.Duplicate)
	}
}
