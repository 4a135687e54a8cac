package ws_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lodeworks/lode/services/kit/ws"
)

const forever = time.Hour

func limits(frame int64) ws.Limits {
	return ws.Limits{Frame: frame, Read: forever, Write: forever, Every: forever, Pong: forever}
}

// pair is a connection within limits and its peer, a client of the library.
func pair(t testing.TB, l ws.Limits) (*ws.Conn, *websocket.Conn) {
	t.Helper()
	accepted := make(chan *websocket.Conn, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Errorf("accept: %v", err)
			return
		}
		accepted <- c
	}))
	t.Cleanup(server.Close)
	peer, _, err := websocket.Dial(t.Context(), server.URL, nil)
	require.NoError(t, err)
	peer.SetReadLimit(-1)
	c := ws.Wrap(<-accepted, l)
	t.Cleanup(func() { c.CloseNow(); _ = peer.CloseNow() })
	return c, peer
}

// closedWith reads the peer's end to its close frame.
func closedWith(t testing.TB, peer *websocket.Conn) websocket.StatusCode {
	t.Helper()
	for {
		if _, _, err := peer.Read(t.Context()); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

// TestFrames: what is sent arrives, of any length up to the limit, also when it is no UTF-8 in a text frame.
func TestFrames(t *testing.T) {
	const limit = 200_000
	memory := ws.NewMemory(limit)
	l := limits(limit)
	l.Memory = memory
	c, peer := pair(t, l)
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.OneOf(rapid.IntRange(0, 5000), rapid.IntRange(limit-3, limit), rapid.SampledFrom([]int{1 << 11, 1 << 12, 1<<16 - 1, 1 << 16, 1<<16 + 1})).Draw(rt, "size")
		kind := rapid.SampledFrom([]websocket.MessageType{websocket.MessageText, websocket.MessageBinary}).Draw(rt, "kind")
		data := strings.Repeat("\xff", size)
		sent := make(chan error, 1)
		go func() { sent <- peer.Write(t.Context(), kind, []byte(data)) }()
		f, err := c.Read()
		require.NoError(rt, errors.Join(err, <-sent))
		require.Equal(rt, kind, f.Kind)
		require.True(rt, string(f.Data) == data)
		f.Release()
		f.Release()
		require.NoError(rt, c.Write(kind, f.Data[:min(len(f.Data), 10)]))
		_, back, err := peer.Read(t.Context())
		require.NoError(rt, err)
		require.Len(rt, back, min(size, 10))
	})
}

func TestFrameLimit(t *testing.T) {
	for _, over := range []int{1, 2, 5000} {
		c, peer := pair(t, limits(1000))
		go func() { _ = peer.Write(t.Context(), websocket.MessageBinary, make([]byte, 1000+over)) }()
		_, err := c.Read()
		require.ErrorIs(t, err, ws.ErrFrameLimit, over)
		go c.Close(websocket.StatusMessageTooBig, "frame too big")
		require.Equal(t, websocket.StatusMessageTooBig, closedWith(t, peer))
	}
}

// TestMemoryIsShared: what one connection holds another cannot; what is released it can.
func TestMemoryIsShared(t *testing.T) {
	l := limits(1 << 20)
	l.Memory = ws.NewMemory(300 << 10)
	one, peerOne := pair(t, l)
	two, peerTwo := pair(t, l)
	big := make([]byte, 200<<10)
	send := func(p *websocket.Conn) { go func() { _ = p.Write(t.Context(), websocket.MessageBinary, big) }() }
	send(peerOne)
	held, err := one.Read()
	require.NoError(t, err)
	send(peerTwo)
	_, err = two.Read()
	require.ErrorIs(t, err, ws.ErrMemory)
	held.Release()
	three, peerThree := pair(t, l)
	send(peerThree)
	_, err = three.Read()
	require.NoError(t, err)
}

// TestSlowFrame: a frame that never ends is given up; one that has not begun is waited for.
func TestSlowFrame(t *testing.T) {
	l := limits(1 << 20)
	l.Read = time.Millisecond
	c, peer := pair(t, l)
	w, err := peer.Writer(t.Context(), websocket.MessageBinary)
	require.NoError(t, err)
	_, err = w.Write(make([]byte, 8<<10)) // more than the library keeps back; the rest never comes
	require.NoError(t, err)
	_, err = c.Read()
	require.ErrorIs(t, err, ws.ErrSlow)
}

// TestSilentPeer: one that reads answers pings, one that does not read is given up.
func TestSilentPeer(t *testing.T) {
	l := limits(1000)
	l.Every, l.Pong = time.Millisecond, forever
	c, peer := pair(t, l)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { _, _ = c.Read() }()
	go func() { ended <- c.KeepAlive(ctx) }()
	peer.CloseRead(t.Context())
	stop()
	require.ErrorIs(t, <-ended, context.Canceled)

	l.Pong = time.Millisecond
	c, _ = pair(t, l)
	go func() { _, _ = c.Read() }()
	require.ErrorIs(t, c.KeepAlive(t.Context()), ws.ErrSilent)
}

// TestClose: the reason is cut to what a close frame takes, and the code is read on the other side.
func TestClose(t *testing.T) {
	c, peer := pair(t, limits(1000))
	go c.Close(4000, strings.Repeat("x", 1000))
	require.Equal(t, websocket.StatusCode(4000), closedWith(t, peer))

	c, peer = pair(t, limits(1000))
	go func() { _ = peer.Close(3001, "bye") }()
	_, err := c.Read()
	code, ok := ws.CloseCode(err)
	require.True(t, ok)
	require.Equal(t, websocket.StatusCode(3001), code)
	c.Close(websocket.StatusNormalClosure, "")
	require.Error(t, c.Write(websocket.MessageText, nil))

	c, peer = pair(t, limits(1000))
	require.NoError(t, peer.CloseNow())
	_, err = c.Read()
	_, ok = ws.CloseCode(err)
	require.False(t, ok)
	require.NotErrorIs(t, err, net.ErrClosed)
}
