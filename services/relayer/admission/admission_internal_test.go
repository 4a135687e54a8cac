package admission

import (
	"context"
	"net"
	"net/netip"
	"runtime/metrics"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSlots(t *testing.T) {
	s := NewSlots(4, 1, time.Hour)
	take := func(c Class) func() {
		release, err := s.Take(t.Context(), c)
		require.NoError(t, err)
		return release
	}
	stranger := take(Stranger)
	gone, leave := context.WithCancel(t.Context())
	leave()
	_, err := s.Take(gone, Stranger)
	require.ErrorIs(t, err, context.Canceled, "strangers have a quarter")
	for range 3 {
		defer take(Known)()
	}
	_, err = s.Take(gone, Known)
	require.ErrorIs(t, err, context.Canceled, "all are held")
	stranger()
	take(Known)()
	take(Stranger)()
}

// TestSlotsQueue: one waits, the second is told at once; who waits is served, or told after the time.
func TestSlotsQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewSlots(1, 1, time.Second)
		release, err := s.Take(t.Context(), Known)
		require.NoError(t, err)
		first := make(chan error)
		go func() {
			_, err := s.Take(t.Context(), Known)
			first <- err
		}()
		synctest.Wait()
		_, err = s.Take(t.Context(), Known)
		require.ErrorIs(t, err, ErrBusy, "the queue is full")
		release()
		require.NoError(t, <-first)
		begin := time.Now()
		_, err = s.Take(t.Context(), Stranger)
		require.ErrorIs(t, err, ErrBusy)
		require.Equal(t, time.Second, time.Since(begin))
		require.Zero(t, s.strangers.waiting.Load())
		require.Empty(t, s.strangers.held, "what was half taken is given back")
	})
}

// TestMemory compares with a list of everything: the latest half is known, nothing is that was not added.
func TestMemory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(2, 20).Draw(t, "size")
		m, added, removed := NewMemory(size), []ID{}, map[ID]bool{}
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			id := ID(rapid.IntRange(0, 50).Draw(t, "id"))
			if rapid.IntRange(0, 4).Draw(t, "remove") == 0 {
				m.Remove(id)
				removed[id] = true
				require.False(t, m.Has(id))
				continue
			}
			if m.Add(id) {
				added = append(added, id)
				delete(removed, id)
			}
			require.True(t, m.Has(id))
			for _, latest := range added[max(0, len(added)-size/2):] {
				require.True(t, m.Has(latest) || removed[latest])
			}
			require.LessOrEqual(t, len(m.young)+len(m.old), size)
		}
	})
}

func TestIDOf(t *testing.T) {
	require.Equal(t, IDOf([32]byte{1}, []byte("a")), IDOf([32]byte{1}, []byte("a")))
	require.NotEqual(t, IDOf([32]byte{1}, []byte("a")), IDOf([32]byte{1}, []byte("b")))
	require.NotEqual(t, IDOf([32]byte{1}, []byte("a")), IDOf([32]byte{2}, []byte("a")))
}

func TestRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRates[string](1, 2, 2)
		require.False(t, r.Spent("a"), "looking makes no bucket")
		require.True(t, r.Take("a"))
		require.True(t, r.Take("a"))
		require.True(t, r.Spent("a"))
		require.False(t, r.Take("a"))
		require.True(t, r.Take("b"), "each key has its own")
		time.Sleep(time.Second)
		require.True(t, r.Take("a"))
		for _, key := range []string{"c", "d"} {
			r.Take(key)
		}
		require.Equal(t, 2, r.buckets.Len(), "bounded")
		none := NewRates[string](0, 0, 0)
		require.True(t, none.Take("a"))
		require.False(t, none.Spent("a"))
	})
}

// TestLaw: the share settles where the wait is on target, for any server whose wait grows with what is let in.
func TestLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		offered := rapid.Float64Range(0.1, 8).Draw(t, "offered") // times what can be done
		l, queue, met := law{target: 0.005}, 0.0, 0
		for i := range 3000 {
			queue = max(0, queue+(offered*(1-l.share)-1)*step.Seconds()/4)
			l.next(min(queue, 1))
			if i >= 1500 && queue < 4*l.target {
				met++
			}
		}
		require.Greater(t, met, 1400)
		if offered < 0.9 {
			require.Zero(t, l.share, "nothing is shed that can be done")
		} else {
			require.InDelta(t, max(0, 1-1/offered), l.share, 0.25)
		}
	})
}

func TestOverload(t *testing.T) {
	o := NewOverload(time.Millisecond)
	require.False(t, o.Shed())
	o.set(0.5)
	shed := 0
	for range 10_000 {
		if o.Shed() {
			shed++
		}
	}
	require.InDelta(t, 5000, shed, 500)
	h := &metrics.Float64Histogram{Counts: []uint64{0, 0, 0}, Buckets: []float64{0, 1, 2, 3}}
	require.Zero(t, o.wait(h))
	h.Counts = []uint64{89, 11, 0}
	require.InDelta(t, 1, o.wait(h), 0)
	h.Counts = []uint64{90, 11, 9}
	require.InDelta(t, 2, o.wait(h), 0, "of the new ones only")
	never, end := context.WithCancel(t.Context())
	end()
	NewOverload(0).Run(never)
	o.Run(never)
}

func TestListener(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	refused := make(chan struct{}, 10)
	bounds := Bounds{Total: 2, Each: 1, Patience: time.Minute, Rate: 1000}
	l := NewListener(ln, func() Bounds { return bounds }, func() { refused <- struct{}{} })
	accepted := make(chan net.Conn)
	go func() {
		defer close(accepted)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	dial := func(from string) {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		c, err := d.Dial("tcp", ln.Addr().String())
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
	}
	dial("127.0.0.1")
	first := <-accepted
	dial("127.0.0.1")
	<-refused
	dial("127.0.0.2")
	<-accepted
	dial("127.0.0.3")
	<-refused
	require.NoError(t, first.Close())
	_ = first.Close() // once is enough
	dial("127.0.0.1")
	<-accepted
	require.NoError(t, l.Close())
	_, open := <-accepted
	require.False(t, open)
}

func TestPeer(t *testing.T) {
	for in, want := range map[string]string{
		"10.1.2.3": "10.1.2.3", "::ffff:10.1.2.3": "10.1.2.3", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::", "fe80::1%eth0": "fe80::",
	} {
		ip := netip.MustParseAddr(in)
		require.Equal(t, netip.MustParseAddr(want), Peer(net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, 1))))
	}
	require.False(t, Peer(&net.UnixAddr{}).IsValid())
}
