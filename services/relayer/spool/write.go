package spool

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/lodeworks/lode/services/kit/bus"
)

// write is one message and the one who waits for it. What follows frame is set before done is closed.
type write struct {
	frame    []byte
	done     chan struct{}
	position int64
	err      error
}

// Append returns when the message is stored as the fsync policy says, with the position behind it. On an error the
// message is not in the spool. Those who append while others are being synced share the next sync.
func (s *Spool) Append(c bus.Content) (position int64, err error) {
	payload, err := encode(c)
	if err != nil {
		return 0, err
	}
	if len(payload) > maxPayload {
		return 0, fmt.Errorf("message of %d bytes: the spool takes %d", len(payload), maxPayload)
	}
	w := &write{frame: appendFrame(make([]byte, 0, headerSize+len(payload)), payload), done: make(chan struct{})}
	size := int64(len(w.frame))
	s.mu.Lock()
	if s.bytes+s.queued+size > s.cfg.MaxBytes {
		s.mu.Unlock()
		return 0, ErrFull
	}
	s.waiting, s.queued = append(s.waiting, w), s.queued+size
	if !s.writing {
		s.writing = true
		go s.writeAll()
	}
	s.mu.Unlock()
	<-w.done
	return w.position, w.err
}

// writeAll writes batch after batch until nobody waits.
func (s *Spool) writeAll() {
	for {
		s.mu.Lock()
		batch := s.waiting
		s.waiting = nil
		if len(batch) == 0 {
			s.writing = false
			s.note() // the drain may remove the active segment now
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		s.commit(batch, s.writeBatch(batch))
	}
}

// writeBatch puts a batch behind what is readable; it becomes readable by commit.
func (s *Spool) writeBatch(batch []*write) error {
	g, err := s.writable()
	if err != nil {
		return err
	}
	var b []byte
	for _, w := range batch {
		b = append(b, w.frame...)
	}
	if _, err = g.file.Write(b); err == nil && s.cfg.Fsync == FsyncAlways {
		err = s.fsync(g.file)
	}
	if err != nil { // nothing is ever written behind a write that failed
		err = errors.Join(err, g.file.Truncate(g.size), g.file.Close())
		s.mu.Lock()
		g.file = nil
		s.mu.Unlock()
		return fmt.Errorf("write to the spool: %w", err)
	}
	if s.cfg.Fsync == FsyncInterval {
		s.syncLater()
	}
	return nil
}

// commit makes a batch readable, or not when it failed, and answers those who wait.
func (s *Spool) commit(batch []*write, err error) {
	s.mu.Lock()
	for _, w := range batch {
		size := int64(len(w.frame))
		s.queued -= size
		if w.err = err; err == nil {
			s.segments[len(s.segments)-1].size += size
			s.bytes += size
			s.end += size
			w.position = s.end
		}
	}
	s.note()
	s.mu.Unlock()
	if err != nil {
		s.metrics.Errors.Inc()
		s.log.Error("spool not written", "messages", len(batch), "err", err)
	} else {
		s.metrics.Stored.Add(float64(len(batch)))
	}
	for _, w := range batch {
		close(w.done)
	}
}

// writable returns the segment to write to, a new one when the last is long enough. Only the writer calls it: what
// touches the disk is done without mu, for Room waits for that.
func (s *Spool) writable() (*segment, error) {
	s.mu.Lock()
	g := s.active()
	s.mu.Unlock()
	if g != nil && g.size < s.limit {
		return g, nil
	}
	if err := s.seal(g); err != nil {
		return nil, fmt.Errorf("end a file of the spool: %w", err)
	}
	f, err := create(s.cfg.Dir, s.next, s.cfg.Fsync == FsyncAlways)
	s.next++
	if err != nil {
		return nil, fmt.Errorf("begin a file of the spool: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g = &segment{path: f.Name(), base: s.end, size: int64(len(magic)), file: f}
	s.segments = append(s.segments, g)
	s.bytes += g.size
	s.end = g.end()
	return g, nil
}

// seal ends writing to a segment, if it is written to.
func (s *Spool) seal(g *segment) error {
	if g == nil {
		return nil
	}
	var err error
	if s.cfg.Fsync != FsyncNever {
		err = s.fsync(g.file)
	}
	err = errors.Join(err, g.file.Close())
	s.mu.Lock()
	defer s.mu.Unlock()
	g.file = nil
	return err
}

// syncLater syncs within FsyncEvery. A file that is ended before is synced then.
func (s *Spool) syncLater() {
	if !s.syncing.CompareAndSwap(false, true) {
		return
	}
	time.AfterFunc(s.cfg.FsyncEvery, func() {
		s.syncing.Store(false)
		s.mu.Lock()
		var f *os.File
		if g := s.active(); g != nil {
			f = g.file
		}
		s.mu.Unlock()
		if f == nil {
			return
		}
		if err := s.fsync(f); err != nil && !errors.Is(err, os.ErrClosed) {
			s.metrics.Errors.Inc()
			s.log.Error("spool not synced", "err", err)
		}
	})
}
