package spool

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lodeworks/lode/services/kit/bus"
)

// Publish returns when the bus has a run of messages of one subject, in their order, however long that takes. It gives
// up only when its context ends.
type Publish func(ctx context.Context, run []bus.Content) error

// Drain brings messages to the bus until ctx ends. One Drain runs at a time.
func (s *Spool) Drain(ctx context.Context, publish Publish) error {
	for {
		g, from, to, err := s.oldest(ctx)
		if err != nil {
			return err
		}
		batch, reached, err := load(g.path, from, to)
		if err == nil {
			err = deliver(ctx, batch, publish)
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			s.advance(g, reached, len(batch))
		case errors.Is(err, io.EOF), errors.Is(err, errTorn), errors.Is(err, errDamaged), errors.Is(err, fs.ErrNotExist):
			if !s.finish(g, to, err) && !errors.Is(err, io.EOF) {
				pause(ctx, time.Second) // the writer will end it
			}
		default:
			s.metrics.Errors.Inc()
			s.log.Error("spool not drained yet", "file", g.path, "err", err)
			pause(ctx, time.Second)
		}
	}
}

// oldest waits for a segment that has something to be drained, or is to be removed.
func (s *Spool) oldest(ctx context.Context) (g *segment, from, to int64, err error) {
	for {
		s.mu.Lock()
		changed := s.changed
		if len(s.segments) > 0 {
			g = s.segments[0]
			if from, to = g.read, g.size; from < to || !s.busy(g) {
				s.mu.Unlock()
				return g, from, to, nil
			}
		}
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, 0, 0, ctx.Err()
		}
	}
}

// busy tells whether a segment is being written to; mu is held.
func (s *Spool) busy(g *segment) bool { return g.file != nil && s.writing }

// deliver publishes each subject's messages in order, and the subjects beside each other. The first subject goes alone:
// while the bus is away nothing else asks for it.
func deliver(ctx context.Context, batch []bus.Content, publish Publish) error {
	runs := map[string][]bus.Content{}
	for _, c := range batch {
		runs[c.Subject] = append(runs[c.Subject], c)
	}
	first := batch[0].Subject
	if err := publish(ctx, runs[first]); err != nil {
		return err
	}
	delete(runs, first)
	group, ctx := errgroup.WithContext(ctx)
	for _, run := range runs {
		group.Go(func() error { return publish(ctx, run) })
	}
	return group.Wait()
}

// advance notes what is on the bus.
func (s *Spool) advance(g *segment, read int64, messages int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g.read = read
	s.drained = g.base + read
	s.metrics.Drained.Add(float64(messages))
	s.note()
}

// finish removes the oldest segment, of which nothing more can be read before offset to. It returns false, and
// leaves it alone, while it is being written to or has grown.
func (s *Spool) finish(g *segment, to int64, why error) bool {
	s.mu.Lock()
	if s.busy(g) || g.size != to {
		s.mu.Unlock()
		return false
	}
	f := g.file
	g.file = nil
	s.segments = s.segments[1:]
	s.bytes -= g.size
	s.drained = g.end()
	s.note()
	s.mu.Unlock()
	if f != nil {
		_ = f.Close() // all of it is on the bus, or cannot be read
	}
	if err := s.dispose(g, why); err != nil {
		s.metrics.Errors.Inc()
		s.log.Error("file of the spool not removed", "file", g.path, "err", err)
	}
	return true
}

// dispose deletes a file, or sets it aside when it is damaged.
func (s *Spool) dispose(g *segment, why error) error {
	rest := g.size - g.read
	switch {
	case errors.Is(why, errTorn):
		s.metrics.Torn.Inc()
		s.log.Warn("unfinished end of the spool cut: it was never acknowledged", "file", g.path, "bytes", rest)
	case !errors.Is(why, io.EOF):
		s.metrics.Damaged.Inc()
		s.log.Error("file of the spool set aside", "file", g.path, "bytes", rest, "err", why)
		return os.Rename(g.path, g.path+".damaged")
	}
	return os.Remove(g.path)
}

// pause waits, but not beyond ctx.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
