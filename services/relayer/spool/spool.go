package spool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
)

var (
	// ErrFull is returned when there is no room: by Room for new work, by Append for work that is done.
	ErrFull = errors.New("the spool is full")
	// ErrInUse is returned when another process has the folder.
	ErrInUse = errors.New("the spool's folder is in use by another relayer")
)

// Spool is a queue of messages on disk. Positions in it are bytes that were ever in it, counted from Open.
type Spool struct {
	cfg     Config
	log     *slog.Logger
	metrics Metrics
	lock    *os.File
	limit   int64  // bytes after which a new segment begins
	next    uint64 // number of the next segment; the writer's
	fsync   func(*os.File) error

	mu       sync.Mutex
	segments []*segment    // oldest first; the last one may have a file that is written to
	bytes    int64         // of all segments
	end      int64         // position behind the last message
	drained  int64         // position up to which everything is on the bus, or set aside
	waiting  []*write      // not written yet
	queued   int64         // their bytes
	writing  bool          // a goroutine writes
	changed  chan struct{} // closed, and replaced, whenever something of the above changes

	syncing atomic.Bool // a sync by FsyncInterval is due
}

// Open takes the folder, making it if needed, and finds what a former process left. cfg has been validated.
func Open(cfg Config, log *slog.Logger, m Metrics) (*Spool, error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the spool's folder: %w", err)
	}
	s := &Spool{cfg: cfg, log: log, metrics: m, limit: min(max(cfg.MaxBytes/16, 1<<20), 64<<20),
		fsync: (*os.File).Sync, changed: make(chan struct{})}
	var err error
	if s.lock, err = lock(cfg.Dir); err != nil {
		return nil, err
	}
	if s.segments, s.next, err = found(cfg.Dir); err != nil {
		_ = s.lock.Close()
		return nil, err
	}
	for _, g := range s.segments {
		s.bytes, s.end = s.bytes+g.size, g.end()
	}
	if s.bytes > 0 {
		log.Warn("spool of a former process found", "files", len(s.segments), "bytes", s.bytes)
	}
	m.Bytes.Set(float64(s.bytes))
	return s, nil
}

// Room refuses new work, before it is done, when the spool has room only for what is under way.
func (s *Spool) Room() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bytes+s.queued >= s.cfg.MaxBytes-s.cfg.MaxBytes/8 {
		return ErrFull
	}
	return nil
}

// AwaitDrained returns when all up to a position is on the bus, or when ctx ends.
func (s *Spool) AwaitDrained(ctx context.Context, position int64) error {
	for {
		s.mu.Lock()
		done, changed := s.drained >= position, s.changed
		s.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for the spool: %w", ctx.Err())
		}
	}
}

// Close ends writing and gives the folder back. Nobody appends or drains any more. What is in the spool stays there.
func (s *Spool) Close() error {
	s.mu.Lock()
	g := s.active()
	s.mu.Unlock()
	return errors.Join(s.seal(g), s.lock.Close())
}

// note tells those who wait that something has changed; mu is held.
func (s *Spool) note() {
	close(s.changed)
	s.changed = make(chan struct{})
	s.metrics.Bytes.Set(float64(s.bytes))
}

// active is the segment that is written to, nil when there is none; mu is held.
func (s *Spool) active() *segment {
	if n := len(s.segments); n > 0 && s.segments[n-1].file != nil {
		return s.segments[n-1]
	}
	return nil
}
