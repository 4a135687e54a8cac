package indexer

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// pipeBytes bounds the messages on their way to the stream.
const pipeBytes = 8 << 20

// line says heights, each behind the one before, without awaiting that the stream has it.
//
// Each message, part or block, is stored only directly behind the one before it. So no block is there without its events,
// none is missing between two, and nothing of another indexer is between. The first height after a start can have parts in the
// stream already, and so can one that was fetched twice: then its parts are awaited, and its block is stored only if the block
// before is still the last.
type line struct {
	s      *Service
	pipe   *bus.Pipe
	sent   checkpoint // the last height that was sent; its sequence is in stored
	stored uint64     // sequence of the last block that the stream has; owned by the pipe until it is flushed
	last   string     // id of the message sent last; empty: anything may be the stream's last message
}

// pass says heights after the stream's last block, until ctx or the chain ends, or something does not go well: then the
// stream's last block is what counts.
func (s *Service) pass(ctx context.Context) error {
	last, err := s.resume(ctx)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	l := &line{s: s, pipe: s.bus.Pipe(pipeBytes), sent: last, stored: last.sequence}
	group.Go(func() error { return l.pipe.Run(ctx) })
	group.Go(func() error {
		from, err := s.first(ctx, last)
		if err != nil {
			return err
		}
		for promise := range s.ahead(ctx, from) {
			if err := l.next(ctx, <-promise, from); err != nil {
				return errors.Join(err, l.pipe.Flush(ctx)) // what fits is said
			}
			from++
		}
		return ctx.Err()
	})
	return group.Wait()
}

// next says one height.
func (l *line) next(ctx context.Context, f fetched, number int64) (err error) {
	if f.err != nil {
		return f.err
	}
	if f.large {
		l.s.metrics.large.Inc()
		return l.large(ctx, number)
	}
	if err := l.sent.follows(f.height); err != nil { // then from another node; it is an error only if none fits
		l.s.log.Warn("height does not follow, other nodes are asked", "height", number, "err", err)
		return l.large(ctx, number)
	}
	for _, part := range f.parts {
		if err := l.part(ctx, part); err != nil {
			return err
		}
	}
	return l.block(ctx, f.height)
}

// large fetches a height when it is its turn, and says its parts as they come.
func (l *line) large(ctx context.Context, number int64) error {
	h, err := l.s.get(ctx, number, l.sent.follows, func() sink {
		l.last = "" // parts of an attempt before may be in the stream
		return func(module string, part *chainv1.Events) error {
			c, err := chainEvents(module, part)
			if err != nil {
				return err
			}
			return l.part(ctx, c)
		}
	})
	if err != nil {
		return err
	}
	return l.block(ctx, h)
}

// part says a part.
func (l *line) part(ctx context.Context, c bus.Content) error {
	behind := l.last
	if behind != "" {
		l.last = c.ID
	}
	return emitChainEvents(ctx, l.pipe, c, behind)
}

// block says a height's block, behind its parts.
func (l *line) block(ctx context.Context, h height) error {
	behind := l.last
	l.sent, l.last = checkpointOf(h), blockID(h.block.Height)
	if behind != "" {
		return emitBlockBehind(ctx, l.pipe, h.block, behind, func(sequence uint64) {
			l.stored = sequence
			l.s.said(h)
		})
	}
	if err := l.pipe.Flush(ctx); err != nil {
		return err
	}
	sequence, err := emitBlockCommitted(ctx, l.s.bus, h.block, l.stored)
	if err != nil {
		return err
	}
	l.stored = sequence
	l.s.said(h)
	return nil
}
