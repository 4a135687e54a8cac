package relayer

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/coder/websocket"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/relayer/upstream"
)

// wsBackend hands each connection that the relayer opens to the test.
type wsBackend struct {
	conns  chan *websocket.Conn
	header chan http.Header
}

func newWSBackend(t testing.TB) (*wsBackend, string) {
	b := &wsBackend{make(chan *websocket.Conn, 100), make(chan http.Header, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Errorf("backend: %v", err)
			return
		}
		c.SetReadLimit(-1)
		b.header <- r.Header
		b.conns <- c
	}))
	t.Cleanup(server.Close)
	return b, server.URL
}

// wsBench is a bench whose service has a WebSocket backend, too.
type wsBench struct {
	*bench
	ws *wsBackend
}

func websocketAt(url string) func(*Config) {
	return func(c *Config) {
		service := c.Services[factstest.Service]
		service.Pools = map[string]upstream.GroupConfig{"websocket": {Backends: map[string]upstream.EndpointConfig{
			"a": {URL: url, Headers: map[string]string{"Authorization": "Bearer operator's"}},
		}}}
		c.Services = map[string]Service{factstest.Service: service}
	}
}

func newWSBench(t testing.TB, edit ...func(*Config)) *wsBench {
	t.Helper()
	backend, url := newWSBackend(t)
	b := &wsBench{newBench(t, append([]func(*Config){websocketAt(url)}, edit...)...), backend}
	t.Cleanup(b.sockets.close)
	return b
}

// handshake is what gateways send; a nil header asks for nothing but the service.
func (b *wsBench) dial(edit ...func(http.Header)) *websocket.Conn {
	b.t.Helper()
	c, _, err := b.tryDial(edit...)
	require.NoError(b.t, err)
	b.t.Cleanup(func() { _ = c.CloseNow() })
	return c
}

func (b *wsBench) tryDial(edit ...func(http.Header)) (*websocket.Conn, *http.Response, error) {
	h := http.Header{"Target-Service-Id": {factstest.Service}, "App-Address": {b.App.Address()}, "Rpc-Type": {"2"}}
	for _, f := range edit {
		f(h)
	}
	c, res, err := websocket.Dial(b.t.Context(), b.url, &websocket.DialOptions{HTTPHeader: h})
	if err == nil {
		c.SetReadLimit(-1)
	}
	return c, res, err
}

// message is a signed frame.
func (b *wsBench) message(payload string) *servicetypes.RelayRequest {
	req := b.Request(b.Header(5), b.Suppliers[0], factstest.HTTP("{}"))
	req.Payload = []byte(payload)
	return b.Sign(req, b.Gateway)
}

func (b *wsBench) write(c *websocket.Conn, kind websocket.MessageType, data []byte) {
	b.t.Helper()
	require.NoError(b.t, c.Write(b.t.Context(), kind, data))
}

func (b *wsBench) ask(c *websocket.Conn, req *servicetypes.RelayRequest) {
	b.t.Helper()
	b.write(c, websocket.MessageText, encoded(b.t, req))
}

// answer reads one signed response to req.
func (b *wsBench) answer(c *websocket.Conn, req *servicetypes.RelayRequest) (websocket.MessageType, *servicetypes.RelayResponse) {
	b.t.Helper()
	kind, raw, err := c.Read(b.t.Context())
	require.NoError(b.t, err)
	res, err := relay.DecodeResponse(raw)
	require.NoError(b.t, err)
	require.NoError(b.t, relay.CheckPayload(res))
	require.Equal(b.t, req.Meta.SessionHeader, res.Meta.SessionHeader)
	require.NoError(b.t, relay.VerifyResponse(res, b.Suppliers[0].Public()))
	return kind, res
}

func (b *wsBench) read(c *websocket.Conn, kind websocket.MessageType, want string) {
	b.t.Helper()
	got, data, err := c.Read(b.t.Context())
	require.NoError(b.t, err)
	require.Equal(b.t, kind, got)
	require.Equal(b.t, want, string(data))
}

// closed reads c to its close frame.
func closed(t testing.TB, c *websocket.Conn) websocket.CloseError {
	t.Helper()
	for {
		_, _, err := c.Read(t.Context())
		if err != nil {
			var end websocket.CloseError
			require.ErrorAs(t, err, &end)
			return end
		}
	}
}

// leaves are the relays of the log, in its order.
func (b *bench) leaves() (all [][]byte) {
	b.t.Helper()
	for _, g := range b.groups() {
		for _, r := range g.Relays {
			all = append(all, r.Relay)
		}
	}
	return all
}

// ended waits until no bridge is open.
func (b *wsBench) ended() {
	b.t.Helper()
	require.Eventually(b.t, func() bool { return testutil.ToFloat64(b.metrics.websockets) == 0 }, patience, often)
}
