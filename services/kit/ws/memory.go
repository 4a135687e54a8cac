package ws

import "golang.org/x/sync/semaphore"

// Memory bounds the bytes of large frames that connections hold together. What a frame has below 64 KiB is not
// counted: that part is bounded by the number of connections.
type Memory struct{ left *semaphore.Weighted }

const free = 64 << 10 // bytes of each frame

// NewMemory allows for that many bytes.
func NewMemory(bytes int64) *Memory { return &Memory{left: semaphore.NewWeighted(bytes)} }

func (m *Memory) take(n int64) bool { return m == nil || m.left.TryAcquire(n) }

func (m *Memory) give(n int64) {
	if m != nil && n > 0 {
		m.left.Release(n)
	}
}
