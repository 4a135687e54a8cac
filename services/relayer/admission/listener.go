package admission

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// Listener accepts so many connections at a time, in all and from one address; what comes beyond is closed at once. A
// waiting backlog instead would let one that holds all connections keep out everybody else.
type Listener struct {
	net.Listener
	bounds  func() Bounds
	refused func()

	mu   sync.Mutex
	open int
	from map[netip.Addr]int
}

// Bounds are those of a [Listener].
type Bounds struct {
	Total, Each int           // connections in all, and from one address; 0: no bound
	Patience    time.Duration // within which what is written must be taken,
	Rate        int64         // and beyond it so many bytes a second
}

// NewListener bounds ln. bounds is asked whenever one is needed; refused is called for each connection that is closed.
func NewListener(ln net.Listener, bounds func() Bounds, refused func()) *Listener {
	return &Listener{Listener: ln, bounds: bounds, refused: refused, from: map[netip.Addr]int{}}
}

// Accept returns the next connection that is within the bounds.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		peer := Peer(c.RemoteAddr())
		if l.enter(peer) {
			return &conn{Conn: c, on: l, leave: sync.OnceFunc(func() { l.leave(peer) })}, nil
		}
		l.refused()
		_ = c.Close()
	}
}

func (l *Listener) enter(peer netip.Addr) bool {
	most := l.bounds()
	l.mu.Lock()
	defer l.mu.Unlock()
	if most.Total > 0 && l.open >= most.Total || most.Each > 0 && l.from[peer] >= most.Each {
		return false
	}
	l.open++
	l.from[peer]++
	return true
}

func (l *Listener) leave(peer netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.from[peer]--; l.from[peer] == 0 {
		delete(l.from, peer)
	}
}

// conn leaves when it is closed, and closes on who does not read.
type conn struct {
	net.Conn
	on    *Listener
	leave func()
}

// Write gives up on who does not take what is written: http.Server's WriteTimeout would count the whole response, which
// may be a stream of minutes.
func (c *conn) Write(b []byte) (int, error) {
	bounds := c.on.bounds()
	due := bounds.Patience + time.Duration(len(b))*time.Second/time.Duration(max(1, bounds.Rate))
	if err := c.SetWriteDeadline(time.Now().Add(due)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

func (c *conn) Close() error {
	c.leave()
	return c.Conn.Close()
}

// Peer names who is at an address: an IPv4 address, or the first 64 bits of an IPv6 one, which is what one customer gets.
// It is not valid for addresses of another kind.
func Peer(a net.Addr) netip.Addr {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	ip := tcp.AddrPort().Addr().Unmap().WithZone("")
	if ip.Is6() {
		prefix, _ := ip.Prefix(64) // fails only for more bits than there are
		return prefix.Addr()
	}
	return ip
}
