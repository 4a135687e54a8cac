package gateway

import (
	"context"
	"errors"
	"sync"

	"github.com/lodeworks/lode/services/kit/ws"
)

// Bounds of the WebSockets, in bytes: of a supplier's frame, of a client's, which must still fit when it is wrapped,
// and of all frames that are held, of each what it has above 64 KiB.
const (
	supplierFrame = 15 << 20
	clientFrame   = supplierFrame - 16<<10
	frameMemory   = 256 << 20
)

// sockets are the clients' WebSockets that are open.
type sockets struct {
	max      int
	client   ws.Limits
	supplier ws.Limits

	mu     sync.Mutex
	open   map[*socket]struct{}
	ending bool // no more are taken
	left   sync.WaitGroup
}

func newSockets(most int) *sockets {
	memory := ws.NewMemory(frameMemory)
	return &sockets{max: most, client: ws.Standard(clientFrame, memory), supplier: ws.Standard(supplierFrame, memory), open: map[*socket]struct{}{}}
}

// enter counts a socket, unless there are too many.
func (k *sockets) enter(s *socket) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ending || len(k.open) >= k.max {
		return false
	}
	s.ctx, s.end = context.WithCancelCause(context.Background())
	k.open[s] = struct{}{}
	k.left.Add(1)
	return true
}

func (k *sockets) leave(s *socket) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s.end(nil)
	delete(k.open, s)
	k.left.Done()
}

var errRestart = errors.New("the gateway is restarting")

// drain ends all sockets, and takes no more.
func (k *sockets) drain() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ending = true
	for s := range k.open {
		s.end(errRestart)
	}
}

// close returns when all are closed.
func (k *sockets) close() {
	k.drain()
	k.left.Wait()
}
