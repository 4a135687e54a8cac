package ws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/coder/websocket"
)

// Limits of a connection. All must be positive; Memory may be nil, then nothing bounds what all connections hold.
type Limits struct {
	Frame  int64         // bytes of one frame that is read
	Memory *Memory       // shared by the connections that it is to bound
	Read   time.Duration // from a frame's first byte to its last
	Write  time.Duration // of one frame
	Every  time.Duration // between pings
	Pong   time.Duration // from a ping to its pong
}

// Standard is what the peers use (relay.md §8.5), for frames of that many bytes.
func Standard(frame int64, memory *Memory) Limits {
	return Limits{Frame: frame, Memory: memory, Read: time.Minute, Write: 10 * time.Second, Every: 27 * time.Second, Pong: 30 * time.Second}
}

var (
	// ErrFrameLimit is returned when a frame is longer than the limit.
	ErrFrameLimit = errors.New("frame exceeds the size limit")

	// ErrMemory is returned when all connections together hold too much.
	ErrMemory = errors.New("too many bytes of frames are held")

	// ErrSlow is returned when a frame does not arrive in time.
	ErrSlow = errors.New("frame takes too long to arrive")

	// ErrSilent is returned when a ping is not answered in time.
	ErrSilent = errors.New("peer does not answer pings")
)

// Conn is a WebSocket with limits.
type Conn struct {
	conn   *websocket.Conn
	limits Limits
}

// Wrap takes over conn.
func Wrap(conn *websocket.Conn, limits Limits) *Conn {
	conn.SetReadLimit(limits.Frame)
	return &Conn{conn: conn, limits: limits}
}

// Read returns the next frame, however long it lets wait for its first byte. One goroutine may read. Errors match
// [ErrFrameLimit], [ErrMemory], [ErrSlow] or, when the peer closed, have a [CloseCode].
func (c *Conn) Read() (Frame, error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	kind, r, err := c.conn.Reader(ctx)
	if err != nil {
		return Frame{}, fmt.Errorf("read frame: %w", err)
	}
	late := time.AfterFunc(c.limits.Read, func() { cancel(ErrSlow) })
	defer late.Stop()
	f := Frame{Kind: kind, memory: c.limits.Memory}
	err = f.fill(r, c.limits.Frame)
	if err == nil {
		return f, nil
	}
	f.Release()
	switch {
	case errors.Is(context.Cause(ctx), ErrSlow):
		err = ErrSlow
	case errors.Is(err, websocket.ErrMessageTooBig):
		err = ErrFrameLimit
	}
	return Frame{}, fmt.Errorf("read frame: %w", err)
}

// Write sends one frame; it may be called by several goroutines.
func (c *Conn) Write(kind websocket.MessageType, data []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), c.limits.Write)
	defer cancel()
	if err := c.conn.Write(ctx, kind, data); err != nil {
		return fmt.Errorf("write frame: %w", err)
	}
	return nil
}

// KeepAlive pings until ctx ends, or the peer is silent for too long. It needs a reader at work.
func (c *Conn) KeepAlive(ctx context.Context) error {
	tick := time.NewTicker(c.limits.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if err := c.ping(ctx); err != nil {
			return err
		}
	}
}

func (c *Conn) ping(ctx context.Context) error {
	wait, cancel := context.WithTimeoutCause(ctx, c.limits.Pong, ErrSilent)
	defer cancel()
	if err := c.conn.Ping(wait); err != nil {
		if errors.Is(context.Cause(wait), ErrSilent) {
			return ErrSilent
		}
		return err
	}
	return nil
}

// maxReason is the longest reason in a close frame, in bytes.
const maxReason = 123

// Close says why, waits a few seconds for the peer to agree, and ends the connection. Reads and writes end, too.
func (c *Conn) Close(code websocket.StatusCode, reason string) {
	_ = c.conn.Close(code, reason[:min(len(reason), maxReason)]) // whatever it says, the connection is gone
}

// CloseNow ends the connection without a word.
func (c *Conn) CloseNow() { _ = c.conn.CloseNow() }

// CloseCode is the code by which the peer closed; ok is false for any other error.
func CloseCode(err error) (code websocket.StatusCode, ok bool) {
	code = websocket.CloseStatus(err)
	return code, code != -1
}

// Frame is one message. Its memory is accounted for until it is released.
type Frame struct {
	Kind   websocket.MessageType
	Data   []byte
	memory *Memory
	taken  int64
}

// Release tells that the data is no longer held. It may be called more than once.
func (f *Frame) Release() {
	f.memory.give(f.taken)
	f.taken = 0
}

const firstRead = 2 << 10 // bytes; most frames are shorter

// fill reads r to its end, in buffers that double.
func (f *Frame) fill(r io.Reader, limit int64) error {
	f.Data = make([]byte, 0, firstRead)
	for {
		n, err := r.Read(f.Data[len(f.Data):cap(f.Data)])
		f.Data = f.Data[:len(f.Data)+n]
		switch {
		case int64(len(f.Data)) > limit:
			return ErrFrameLimit
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if len(f.Data) == cap(f.Data) {
			if err := f.grow(limit); err != nil {
				return err
			}
		}
	}
}

// grow doubles the buffer, up to a byte above the limit: that byte tells a frame at its limit from one above.
func (f *Frame) grow(limit int64) error {
	size := min(2*int64(cap(f.Data)), max(limit+1, int64(cap(f.Data))+1))
	if need := size - free - f.taken; need > 0 {
		if !f.memory.take(need) {
			return ErrMemory
		}
		f.taken += need
	}
	f.Data = append(make([]byte, 0, size), f.Data...)
	return nil
}
