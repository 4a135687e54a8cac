package path_test

import (
	"net/http"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
)

// echo says each message twice: each answer is a relay.
func echo(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = c.CloseNow() }()
	for {
		kind, data, err := c.Read(r.Context())
		if err != nil {
			return
		}
		_ = c.Write(r.Context(), kind, append(data, " 1"...))
		_ = c.Write(r.Context(), kind, append(data, " 2"...))
	}
}

// dial opens a WebSocket and tells its session.
func (p *path) dial() (*websocket.Conn, string) {
	p.t.Helper()
	c, res, err := websocket.Dial(p.t.Context(), p.gateway+"/v1/realtime?model="+model, nil)
	require.NoError(p.t, err)
	p.t.Cleanup(func() { _ = c.CloseNow() })
	return c, res.Header.Get("Lode-Session")
}

func (p *path) ask(c *websocket.Conn, text string) {
	p.t.Helper()
	require.NoError(p.t, c.Write(p.t.Context(), websocket.MessageText, []byte(text)))
	for _, want := range []string{text + " 1", text + " 2"} {
		_, got, err := c.Read(p.t.Context())
		require.NoError(p.t, err)
		require.Equal(p.t, want, string(got))
	}
}

// TestWebsocketsEndWithTheirSession: the client is told to connect again, and goes on in the next one.
func TestWebsocketsEndWithTheirSession(t *testing.T) {
	p := newPath(t, echo)
	c, session := p.dial()
	require.Equal(t, p.Header(5).SessionId, session)
	p.ask(c, "one")
	p.block(11) // the session is over, its grace period of one block is not
	p.ask(c, "two")
	p.block(12)
	_, _, err := c.Read(t.Context())
	require.Equal(t, websocket.StatusServiceRestart, websocket.CloseStatus(err))
	require.Eventually(t, func() bool { // until the gateway has asked for the height, the relayer refuses it
		next, res, err := websocket.Dial(t.Context(), p.gateway+"/v1/realtime?model="+model, nil)
		if err != nil {
			return false
		}
		defer func() { _ = next.CloseNow() }()
		return res.Header.Get("Lode-Session") == p.Header(12).SessionId
	}, patience, often)
	next, _ := p.dial()
	p.ask(next, "three")
	require.Len(t, p.logged(6), 6)
}
