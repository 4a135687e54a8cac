package hasher

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
)

// gate is a way to the bus that can be closed: what is sent then arrives when it is open again. To a hasher behind it
// the world looks as if it had been paused, with whatever it was about to say.
type gate struct {
	url string
	mu  sync.RWMutex // held for writing while closed
}

func newGate(t *testing.T, url string) *gate {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { ln.Close() })
	g := &gate{url: "nats://" + ln.Addr().String()}
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

func (g *gate) carry(from, to net.Conn) {
	defer to.Close()
	room := make([]byte, 64<<10)
	for {
		n, err := from.Read(room)
		g.mu.RLock()
		_, werr := to.Write(room[:n])
		g.mu.RUnlock()
		if err != nil || werr != nil {
			if err != io.EOF {
				from.Close()
			}
			return
		}
	}
}

func (g *gate) close() { g.mu.Lock() }
func (g *gate) open()  { g.mu.Unlock() }

// count is how many partitions changed hands in a way.
func (r *running) count(kind string) int {
	return int(testutil.ToFloat64(r.metrics.handovers.WithLabelValues(kind)))
}
