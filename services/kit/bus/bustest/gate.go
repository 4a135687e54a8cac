package bustest

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Gate is a way to the bus that can be closed: what is sent then arrives when it is open again. To a service behind it
// the world looks as if it had been paused, with whatever it was about to say.
type Gate struct {
	URL string       // for bus.Config
	mu  sync.RWMutex // held for writing while closed
}

// NewGate is an open one, until the test ends.
func NewGate(t *testing.T, url string) *Gate {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { ln.Close() })
	g := &Gate{URL: "nats://" + ln.Addr().String()}
	go func() {
		for {
			near, err := ln.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", strings.TrimPrefix(url, "nats://"))
			if err != nil {
				near.Close()
				continue
			}
			go g.carry(near, far)
			go g.carry(far, near)
		}
	}()
	return g
}

func (g *Gate) carry(from, to net.Conn) {
	defer to.Close()
	room := make([]byte, 64<<10)
	for {
		n, err := from.Read(room)
		g.mu.RLock()
		_, werr := to.Write(room[:n])
		g.mu.RUnlock()
		if err != nil || werr != nil {
			if !errors.Is(err, io.EOF) {
				from.Close()
			}
			return
		}
	}
}

// Close holds back everything from now on.
func (g *Gate) Close() { g.mu.Lock() }

// Open lets through what was held back, and what follows.
func (g *Gate) Open() { g.mu.Unlock() }
