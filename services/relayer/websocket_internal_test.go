package relayer

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/pocket/relay"
)

// TestWebsocket: every frame of the backend is one relay with the latest request, in the log before it is sent.
func TestWebsocket(t *testing.T) {
	b := newWSBench(t)
	c := b.dial()
	first, second := b.message("one"), b.message("two \xff")
	b.ask(c, first)
	backend := <-b.ws.conns
	h := <-b.ws.header
	require.Equal(t, []string{"Bearer operator's", b.Suppliers[0].Address(), factstest.Service, b.App.Address()},
		[]string{h.Get("Authorization"), h.Get("Pocket-Supplier"), h.Get("Pocket-Service"), h.Get("Pocket-Application")})
	require.Empty(t, h.Get("App-Address"))
	b.read(backend, websocket.MessageText, "one")
	var want [][]byte
	expect := func(req *servicetypes.RelayRequest, kind websocket.MessageType, payload string) {
		t.Helper()
		b.write(backend, kind, []byte(payload))
		got, res := b.answer(c, req)
		require.Equal(t, kind, got)
		require.Equal(t, payload, string(res.Payload))
		leaf, _, err := relay.Leaf(req, res)
		require.NoError(t, err)
		want = append(want, leaf)
		require.Equal(t, want, b.leaves(), "in the log before it is sent")
	}
	expect(first, websocket.MessageText, "answer")
	expect(first, websocket.MessageBinary, "\x00\xff")
	b.write(c, websocket.MessageBinary, encoded(t, second))
	b.read(backend, websocket.MessageBinary, "two \xff")
	b.write(backend, websocket.MessageText, nil)
	expect(second, websocket.MessageText, "after an empty frame, which is dropped")
	require.Equal(t, 1.0, testutil.ToFloat64(b.metrics.websocketDropped.WithLabelValues(factstest.Service)))
	served := b.groups()[0].Relays[0]
	require.Equal(t, []uint64{http.StatusSwitchingProtocols, 3, 6}, []uint64{uint64(served.StatusCode), served.RequestBytes, served.ResponseBytes})
	require.NoError(t, c.Close(websocket.StatusNormalClosure, ""))
	require.Equal(t, websocket.StatusNormalClosure, closed(t, backend).Code)
	for _, g := range b.groups() {
		for _, r := range g.Relays {
			require.Equal(t, b.Gateway.Address(), r.Gateway)
			require.NotEmpty(t, r.Backend)
		}
	}
	b.ended()
}

// refusedFrames end the bridge with a code; nothing reaches the backend, nothing is logged.
var refusedFrames = map[string]struct {
	code   websocket.StatusCode
	frame  func(*wsBench) []byte
	before func(*wsBench)
}{
	"garbage":  {4001, func(*wsBench) []byte { return []byte("\xff\xff\xff") }, nil},
	"raw text": {4001, func(*wsBench) []byte { return []byte(`{"jsonrpc":"2.0"}`) }, nil},
	"empty":    {4001, func(*wsBench) []byte { return nil }, nil},
	"unsigned": {4001, func(b *wsBench) []byte {
		req := b.message("x")
		req.Meta.Signature = nil
		return encoded(b.t, req)
	}, nil},
	"signed by a stranger": {4001, func(b *wsBench) []byte {
		return encoded(b.t, b.Sign(b.message("x"), factstest.Key(b.t, "stranger")))
	}, nil},
	"signature of another frame": {4001, func(b *wsBench) []byte {
		req := b.message("x")
		req.Payload = []byte("y")
		return encoded(b.t, req)
	}, nil},
	"unknown supplier": {1013, func(b *wsBench) []byte {
		req := b.message("x")
		req.Meta.SupplierOperatorAddress = factstest.Key(b.t, "nobody").Address()
		return encoded(b.t, b.Sign(req, b.Gateway))
	}, nil},
	"another service": {4001, func(b *wsBench) []byte {
		req := b.message("x")
		header := *req.Meta.SessionHeader
		header.ServiceId = "other"
		req.Meta.SessionHeader = &header
		return encoded(b.t, b.Sign(req, b.Gateway))
	}, nil},
	"over the limit":   {1009, func(b *wsBench) []byte { return bytes.Repeat([]byte("x"), int(b.cfg.Websocket.Frame)+1) }, nil},
	"stake is used up": {4002, func(b *wsBench) []byte { return encoded(b.t, b.message("x")) }, func(b *wsBench) { b.stake(0) }},
	"height is stale": {1013, func(b *wsBench) []byte {
		b.heard.Store(0)
		return encoded(b.t, b.message("x"))
	}, nil},
}

func TestWebsocketRefusesFrames(t *testing.T) {
	for name, c := range refusedFrames {
		for _, first := range []bool{true, false} {
			if !first && c.before != nil {
				continue
			}
			t.Run(name+"/first="+strconv.FormatBool(first), func(t *testing.T) {
				t.Parallel()
				b := newWSBench(t, func(c *Config) { c.Websocket.Frame = 4 << 10 })
				if c.before != nil {
					c.before(b)
				}
				conn := b.dial()
				if !first {
					b.ask(conn, b.message("good"))
					backend := <-b.ws.conns
					b.read(backend, websocket.MessageText, "good")
					backend.CloseRead(t.Context())
				}
				b.write(conn, websocket.MessageBinary, c.frame(b))
				end := closed(t, conn)
				require.Equal(t, c.code, end.Code, end.Reason)
				b.ended()
				require.Zero(t, b.messages())
				require.Empty(t, b.ws.conns, "the backend was not called")
			})
		}
	}
}

// TestWebsocketOneSession: a connection belongs to the session and the supplier of its first request.
func TestWebsocketOneSession(t *testing.T) {
	b := newWSBench(t)
	c := b.dial()
	b.ask(c, b.message("one"))
	backend := <-b.ws.conns
	b.read(backend, websocket.MessageText, "one")
	other := b.message("two")
	other.Meta.SupplierOperatorAddress = b.Suppliers[1].Address()
	b.ask(c, b.Sign(other, b.Gateway))
	require.Equal(t, closeInvalid, closed(t, c).Code)
	require.Equal(t, websocket.StatusNormalClosure, closed(t, backend).Code)
}

// TestWebsocketReplay: a frame that was served is not served again.
func TestWebsocketReplay(t *testing.T) {
	b := newWSBench(t)
	req := b.message("one")
	c := b.dial()
	b.ask(c, req)
	(<-b.ws.conns).CloseRead(t.Context())
	again := b.dial()
	b.ask(again, req)
	require.Equal(t, closeInvalid, closed(t, again).Code)
}

// TestWebsocketMeter: each relay is charged, the request only for the first of its answers.
func TestWebsocketMeter(t *testing.T) {
	b := newWSBench(t)
	b.stake(2)
	for range 3 { // requests without answers cost nothing in the end
		c := b.dial()
		b.ask(c, b.message("unanswered"))
		backend := <-b.ws.conns
		b.read(backend, websocket.MessageText, "unanswered")
		backend.CloseRead(t.Context())
		require.NoError(t, c.CloseNow())
		b.ended()
	}
	c := b.dial()
	req := b.message("one")
	b.ask(c, req)
	backend := <-b.ws.conns
	b.read(backend, websocket.MessageText, "one")
	backend.CloseRead(t.Context())
	for i := range 3 {
		b.write(backend, websocket.MessageText, []byte(strconv.Itoa(i)))
	}
	b.answer(c, req)
	b.answer(c, req)
	require.Equal(t, closeStake, closed(t, c).Code)
	require.Len(t, b.leaves(), 2)
}

// TestWebsocketBackend: how the backend ends is how the gateway is told.
func TestWebsocketBackend(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(*wsBench, *websocket.Conn)
		code websocket.StatusCode
	}{
		"closes":           {func(_ *wsBench, c *websocket.Conn) { go func() { _ = c.Close(1000, "") }() }, 1000},
		"closes by a code": {func(_ *wsBench, c *websocket.Conn) { go func() { _ = c.Close(4567, "mine") }() }, 4567},
		"says it expired":  {func(_ *wsBench, c *websocket.Conn) { go func() { _ = c.Close(4000, "") }() }, 1011},
		"is lost":          {func(_ *wsBench, c *websocket.Conn) { _ = c.CloseNow() }, 1011},
		"says too much": {func(b *wsBench, c *websocket.Conn) {
			go func() { _ = c.Write(b.t.Context(), 2, make([]byte, 9<<10)) }()
		}, 1009},
		"answers too much ": {func(b *wsBench, c *websocket.Conn) {
			go func() { _ = c.Write(b.t.Context(), 2, make([]byte, 4<<10+1)) }()
		}, 1009},
	} {
		t.Run(name, func(t *testing.T) {
			b := newWSBench(t, func(c *Config) { c.Websocket.Frame = 8 << 10 })
			conn := b.dial()
			b.ask(conn, b.message("one"))
			c.do(b, <-b.ws.conns)
			require.Equal(t, c.code, closed(t, conn).Code)
			b.ended()
			require.Zero(t, b.messages())
		})
	}
	t.Run("cannot be reached", func(t *testing.T) {
		b := newWSBench(t, websocketAt("ws://127.0.0.1:1"))
		conn := b.dial()
		b.ask(conn, b.message("one"))
		require.Equal(t, closeUnbackened, closed(t, conn).Code)
	})
}

// TestWebsocketSessionOver: when the grace period is over, a signed error and then the code say so.
func TestWebsocketSessionOver(t *testing.T) {
	b := newWSBench(t)
	c := b.dial()
	idle := b.dial()
	req := b.message("one")
	b.ask(c, req)
	backend := <-b.ws.conns
	b.block(11) // the grace period
	b.write(backend, websocket.MessageText, []byte("late"))
	b.answer(c, req)
	b.block(12)
	kind, res := b.answer(c, req)
	require.Equal(t, websocket.MessageBinary, kind)
	require.Equal(t, relay.SessionMismatch.Code, res.RelayMinerError.Code)
	said, err := relay.DecodeHTTPResponse(res.Payload)
	require.NoError(t, err)
	require.Equal(t, uint32(http.StatusGone), said.StatusCode)
	require.JSONEq(t, `{"error":"session expired"}`, string(said.BodyBz))
	require.Equal(t, closeExpired, closed(t, c).Code)
	require.Equal(t, websocket.StatusNormalClosure, closed(t, backend).Code)
	require.Len(t, b.leaves(), 1, "the error is not a relay")
	b.ask(idle, b.message("of an old session"))
	require.Equal(t, closeInvalid, closed(t, idle).Code)
}

// TestWebsocketClientVanishes: the work is done, so it is logged; then nothing is left.
func TestWebsocketClientVanishes(t *testing.T) {
	b := newWSBench(t)
	g := gate(b.bench)
	c := b.dial()
	b.ask(c, b.message("one"))
	backend := <-b.ws.conns
	b.read(backend, websocket.MessageText, "one")
	b.write(backend, websocket.MessageText, []byte("answer"))
	<-g.waiting
	require.NoError(t, c.CloseNow())
	close(g.open)
	require.Equal(t, websocket.StatusNormalClosure, closed(t, backend).Code)
	b.ended()
	require.Len(t, b.leaves(), 1)
}

// TestWebsocketDrain: what is being answered is finished, both sides are told, and no more are taken.
func TestWebsocketDrain(t *testing.T) {
	b := newWSBench(t)
	g := gate(b.bench)
	c := b.dial()
	req := b.message("one")
	b.ask(c, req)
	backend := <-b.ws.conns
	b.read(backend, websocket.MessageText, "one")
	b.write(backend, websocket.MessageText, []byte("answer"))
	<-g.waiting
	done := make(chan struct{})
	go func() { defer close(done); b.sockets.close() }()
	go func() { _, _, _ = backend.Read(context.WithoutCancel(t.Context())) }()
	close(g.open)
	b.answer(c, req)
	require.Equal(t, websocket.StatusServiceRestart, closed(t, c).Code)
	<-done
	_, res, err := b.tryDial()
	require.Error(t, err)
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
}

func TestWebsocketHandshakeRefused(t *testing.T) {
	b := newWSBench(t, func(c *Config) {
		c.Websocket.Connections = 1
		c.Services["plain"] = Service{Backend: "http://127.0.0.1:1"}
	})
	for name, c := range map[string]struct {
		status int
		edit   func(http.Header)
	}{
		"no service":       {400, func(h http.Header) { h.Del("Target-Service-Id") }},
		"unknown service":  {404, func(h http.Header) { h.Set("Target-Service-Id", "other") }},
		"no websockets":    {404, func(h http.Header) { h.Set("Target-Service-Id", "plain") }},
		"broken signature": {400, func(h http.Header) { h.Set("Pocket-Signature", "!") }},
		"signature of nothing": {403, func(h http.Header) {
			b.signed(h)
			h.Set("Pocket-Signature", base64.StdEncoding.EncodeToString([]byte("signed")))
		}},
		"signature of another session": {403, func(h http.Header) {
			b.signed(h)
			h.Set("Pocket-Session-Id", strings.Repeat("0", 64))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, res, err := b.tryDial(c.edit)
			require.Error(t, err)
			require.Equal(t, c.status, res.StatusCode)
		})
	}
	res, err := http.DefaultClient.Do(must(http.NewRequestWithContext(t.Context(), http.MethodPost, b.url, nil)))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	req := must(http.NewRequestWithContext(t.Context(), http.MethodPost, b.url, nil))
	req.Header.Set("Rpc-Type", "2")
	req.Header.Set("Target-Service-Id", factstest.Service)
	res, err = http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusUpgradeRequired, res.StatusCode)

	b.dial()
	_, res, err = b.tryDial()
	require.Error(t, err, "one at a time")
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
	require.Equal(t, "1", res.Header.Get("Retry-After"))
}

func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

// signed adds what a gateway signs of its handshake.
func (b *wsBench) signed(h http.Header) {
	header := b.Header(5)
	req := b.Sign(&servicetypes.RelayRequest{Meta: servicetypes.RelayRequestMetadata{
		SessionHeader: header, SupplierOperatorAddress: b.Suppliers[0].Address(),
	}}, b.Gateway)
	h.Set("Pocket-Signature", base64.StdEncoding.EncodeToString(req.Meta.Signature))
	h.Set("Pocket-Session-Id", header.SessionId)
	h.Set("Pocket-Session-Start-Height", strconv.FormatInt(header.SessionStartBlockHeight, 10))
	h.Set("Pocket-Session-End-Height", strconv.FormatInt(header.SessionEndBlockHeight, 10))
	h.Set("Pocket-Supplier-Address", b.Suppliers[0].Address())
}

// TestWebsocketFirstFrame: who signed the handshake may wait, others not; and the session of a signed one ends it.
func TestWebsocketFirstFrame(t *testing.T) {
	b := newWSBench(t, func(c *Config) { c.Websocket.FirstFrame = time.Millisecond })
	known := b.dial(b.signed)
	require.Equal(t, websocket.StatusPolicyViolation, closed(t, b.dial()).Code)
	req := b.message("one")
	b.ask(known, req)
	backend := <-b.ws.conns
	b.read(backend, websocket.MessageText, "one")
	backend.CloseRead(t.Context())
	b.write(backend, websocket.MessageText, []byte("answer"))
	b.answer(known, req)
	require.NoError(t, known.Close(websocket.StatusNormalClosure, ""))

	waiting := b.dial(b.signed)
	b.block(12)
	require.Equal(t, closeExpired, closed(t, waiting).Code)
}

// TestWebsocketPings: a peer that does not answer pings is given up, on either side.
func TestWebsocketPings(t *testing.T) {
	b := newWSBench(t)
	b.now().frames.gateway.Every, b.now().frames.gateway.Pong = time.Millisecond, time.Millisecond
	b.dial() // nobody reads it
	b.ended()
	require.Equal(t, 1.0, testutil.ToFloat64(b.metrics.websocketEnds.WithLabelValues("gateway_slow")))
}

// FuzzWebsocketFrame: no frame makes a panic, or a request, unless the application's ring signed it.
func FuzzWebsocketFrame(f *testing.F) {
	b := newBench(f)
	b.log.bus = forbidden{f}
	f.Add(encoded(f, b.Sign(b.Request(b.Header(5), b.Suppliers[0], factstest.HTTP("{}")), factstest.Key(f, "stranger"))))
	f.Add([]byte{})
	f.Add([]byte("\x0a\x00\x12\x00"))
	f.Fuzz(func(t *testing.T, frame []byte) {
		br := &bridge{s: b.now(), peer: t.Context(), service: factstest.Service}
		_, err := br.check(frame)
		require.Error(t, err)
		e := endingOf(err)
		require.GreaterOrEqual(t, e.code, websocket.StatusMessageTooBig)
	})
}
