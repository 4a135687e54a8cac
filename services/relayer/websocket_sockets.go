package relayer

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/lodeworks/lode/services/kit/ws"
)

// Websocket bounds the bridges between gateways and backends.
type Websocket struct {
	Connections int           `koanf:"connections"` // bridges at a time; more are refused with 503
	Frame       int64         `koanf:"frame"`       // bytes of one frame, either way; longer ones close with 1009
	Memory      int64         `koanf:"memory"`      // bytes of all frames held, of each what it has above 64 KiB; beyond that a frame closes its bridge with 1013
	FirstFrame  time.Duration `koanf:"first_frame"` // within which a gateway must have sent a valid request, unless its handshake was signed
}

func defaultWebsocket() Websocket {
	return Websocket{Connections: 1000, Frame: 15 << 20, Memory: 256 << 20, FirstFrame: time.Minute}
}

// faults names what is wrong, with the key's path.
func (w Websocket) faults() (errs []error) {
	for key, v := range map[string]int64{"connections": int64(w.Connections), "frame": w.Frame, "memory": w.Memory, "first_frame": int64(w.FirstFrame)} {
		if v <= 0 {
			errs = append(errs, fmt.Errorf("websocket.%s: must be positive", key))
		}
	}
	return errs
}

// envelopeRoom is what a relay response has beside its payload, at most.
const envelopeRoom = 4 << 10

// frames are the limits of frames and bridges.
type frames struct {
	first   time.Duration
	gateway ws.Limits
	backend ws.Limits // a backend's frame must still fit a gateway's when it is wrapped
}

func newFrames(cfg Websocket) *frames {
	memory := ws.NewMemory(cfg.Memory)
	return &frames{
		first: cfg.FirstFrame, gateway: ws.Standard(cfg.Frame, memory), backend: ws.Standard(max(1, cfg.Frame-envelopeRoom), memory),
	}
}

// sockets are the open bridges.
type sockets struct {
	client *http.Client

	mu     sync.Mutex
	open   map[*bridge]struct{}
	ending bool // no more are taken
	left   sync.WaitGroup
}

func newSockets() *sockets {
	return &sockets{open: map[*bridge]struct{}{}, client: &http.Client{
		Transport:     &http.Transport{TLSHandshakeTimeout: 10 * time.Second, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// enter counts a bridge, unless there are as many as may be.
func (k *sockets) enter(b *bridge, most int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ending || len(k.open) >= most {
		return false
	}
	b.init()
	k.open[b] = struct{}{}
	k.left.Add(1)
	return true
}

func (k *sockets) leave(b *bridge) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.open, b)
	k.left.Done()
}

// each calls f for every open bridge; f must not wait.
func (k *sockets) each(f func(*bridge)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for b := range k.open {
		f(b)
	}
}

// expire ends the bridges of sessions whose grace period is over.
func (k *sockets) expire(height int64) {
	k.each(func(b *bridge) {
		if t := b.turn(); t != nil && height > t.session.Windows.GraceEnd {
			b.end(errSessionOver)
		}
	})
}

// drain ends all bridges, and takes no more.
func (k *sockets) drain() {
	k.mu.Lock()
	k.ending = true
	k.mu.Unlock()
	k.each(func(b *bridge) { b.end(errRestart) })
}

// close returns when all bridges are closed and their last relays are in the log.
func (k *sockets) close() {
	k.drain()
	k.left.Wait()
}
