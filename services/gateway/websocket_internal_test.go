package gateway

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/coder/websocket"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/pocket/ring"
)

// wsSupplier hands each connection of the gateway to the test, which plays the relayer.
type wsSupplier struct {
	*bench
	t      testing.TB
	conns  chan *websocket.Conn
	header chan http.Header
}

func newWSSupplier(t testing.TB, edit ...func(*Config)) *wsSupplier {
	s := &wsSupplier{newBench(t, 1, edit...), t, make(chan *websocket.Conn, 10), make(chan http.Header, 10)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		c.SetReadLimit(-1)
		s.header <- r.Header
		s.conns <- c
	}))
	t.Cleanup(server.Close)
	s.Serve(s.Suppliers[0], server.URL)
	t.Cleanup(s.sockets.close)
	return s
}

func (s *wsSupplier) dial() *websocket.Conn {
	s.t.Helper()
	c, res, err := websocket.Dial(s.t.Context(), s.url+"/v1/realtime?model="+model, nil)
	require.NoError(s.t, err)
	require.Equal(s.t, s.Suppliers[0].Address(), res.Header.Get("Lode-Supplier"))
	s.t.Cleanup(func() { _ = c.CloseNow() })
	return c
}

// verified checks a ring signature.
func (s *wsSupplier) verified(req *servicetypes.RelayRequest) {
	s.t.Helper()
	hash, err := relay.RequestHash(req)
	require.NoError(s.t, err)
	set := ring.NewSet(s.World.App.Public(), s.World.Gateway.Public())
	require.NoError(s.t, ring.NewVerifier(nil).Verify(hash, req.Meta.Signature, set))
	require.Equal(s.t, s.Header(s.Height()), req.Meta.SessionHeader)
	require.Equal(s.t, s.Suppliers[0].Address(), req.Meta.SupplierOperatorAddress)
}

// asked reads one signed message.
func (s *wsSupplier) asked(c *websocket.Conn, kind websocket.MessageType, payload string) *servicetypes.RelayRequest {
	s.t.Helper()
	got, raw, err := c.Read(s.t.Context())
	require.NoError(s.t, err)
	require.Equal(s.t, kind, got)
	req, err := relay.DecodeRequest(raw)
	require.NoError(s.t, err)
	require.Equal(s.t, payload, string(req.Payload))
	s.verified(req)
	return req
}

// answer signs a payload; tamper changes the response after that.
func (s *wsSupplier) answer(c *websocket.Conn, kind websocket.MessageType, payload string, tamper func(*servicetypes.RelayResponse)) {
	s.t.Helper()
	res, err := relay.NewResponse(s.Header(s.Height()), []byte(payload))
	require.NoError(s.t, err)
	require.NoError(s.t, relay.SignResponse(res, s.Suppliers[0]))
	if tamper != nil {
		tamper(res)
	}
	raw, err := res.Marshal()
	require.NoError(s.t, err)
	require.NoError(s.t, c.Write(s.t.Context(), kind, raw))
}

func closeCode(t testing.TB, c *websocket.Conn) websocket.StatusCode {
	t.Helper()
	_, data, err := c.Read(t.Context())
	require.Error(t, err, "%s", data)
	return websocket.CloseStatus(err)
}

// TestWebsocket: messages go out signed and come back verified, of any type, in any order; so does the handshake.
func TestWebsocket(t *testing.T) {
	s := newWSSupplier(t)
	c := s.dial()
	supplier, h := <-s.conns, <-s.header
	require.Equal(t, []string{factstest.Service, s.World.App.Address(), "2"}, []string{h.Get("Target-Service-Id"), h.Get("App-Address"), h.Get("Rpc-Type")})
	signature, err := base64.StdEncoding.DecodeString(h.Get("Pocket-Signature"))
	require.NoError(t, err)
	hello := &servicetypes.RelayRequest{}
	hello.Meta.SessionHeader, hello.Meta.SupplierOperatorAddress, hello.Meta.Signature = s.Header(5), h.Get("Pocket-Supplier-Address"), signature
	s.verified(hello)
	require.Equal(t, strconv.FormatInt(hello.Meta.SessionHeader.SessionEndBlockHeight, 10), h.Get("Pocket-Session-End-Height"))

	require.NoError(t, c.Write(t.Context(), websocket.MessageText, []byte("hello")))
	s.asked(supplier, websocket.MessageText, "hello")
	for kind, payload := range map[websocket.MessageType]string{websocket.MessageText: "one", websocket.MessageBinary: "\xff"} {
		s.answer(supplier, kind, payload, nil)
		got, data, err := c.Read(t.Context())
		require.NoError(t, err)
		require.Equal(t, kind, got)
		require.Equal(t, payload, string(data))
	}
	require.NoError(t, c.Write(t.Context(), websocket.MessageBinary, []byte("two")))
	s.asked(supplier, websocket.MessageBinary, "two")
	supplier.CloseRead(t.Context())
	require.NoError(t, c.Close(websocket.StatusNormalClosure, ""))
}

// TestWebsocketRefusesAnswers that the supplier did not sign for this session: the client sees none of them.
func TestWebsocketRefusesAnswers(t *testing.T) {
	for name, tamper := range map[string]func(*wsSupplier, *servicetypes.RelayResponse){
		"not signed": func(_ *wsSupplier, r *servicetypes.RelayResponse) { r.Meta.SupplierOperatorSignature = nil },
		"another's": func(s *wsSupplier, r *servicetypes.RelayResponse) {
			require.NoError(t, relay.SignResponse(r, s.World.App))
		},
		"another payload": func(_ *wsSupplier, r *servicetypes.RelayResponse) { r.Payload = []byte("other") },
		"another session": func(s *wsSupplier, r *servicetypes.RelayResponse) {
			r.Meta.SessionHeader = s.Header(15)
			require.NoError(t, relay.SignResponse(r, s.Suppliers[0]))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newWSSupplier(t)
			c := s.dial()
			supplier := <-s.conns
			s.answer(supplier, websocket.MessageText, "x", func(r *servicetypes.RelayResponse) { tamper(s, r) })
			supplier.CloseRead(t.Context())
			require.Equal(t, websocket.StatusBadGateway, closeCode(t, c))
		})
	}
	s := newWSSupplier(t)
	c := s.dial()
	supplier := <-s.conns
	require.NoError(t, supplier.Write(t.Context(), websocket.MessageText, []byte("raw")))
	supplier.CloseRead(t.Context())
	require.Equal(t, websocket.StatusBadGateway, closeCode(t, c))
}

// TestWebsocketEnds: the client is told what its backend said, or to connect again.
func TestWebsocketEnds(t *testing.T) {
	for code, want := range map[websocket.StatusCode]websocket.StatusCode{
		1000: 1000, 4000: websocket.StatusServiceRestart, 4001: websocket.StatusBadGateway, 4567: 4567, 1012: websocket.StatusServiceRestart,
	} {
		s := newWSSupplier(t)
		c := s.dial()
		supplier := <-s.conns
		s.answer(supplier, websocket.MessageBinary, "session expired", func(r *servicetypes.RelayResponse) {
			r.RelayMinerError = &servicetypes.RelayMinerError{Code: 1}
		})
		go func() { _ = supplier.Close(code, "") }()
		require.Equal(t, want, closeCode(t, c), code)
	}
	s := newWSSupplier(t)
	c := s.dial()
	go s.sockets.drain()
	supplier := <-s.conns
	supplier.CloseRead(t.Context())
	require.Equal(t, websocket.StatusGoingAway, closeCode(t, c))
}

func TestWebsocketRefused(t *testing.T) {
	s := newWSSupplier(t, func(c *Config) { c.Websockets = 1 })
	try := func(path string) int {
		t.Helper()
		_, res, err := websocket.Dial(t.Context(), s.url+path, nil)
		require.Error(t, err)
		return res.StatusCode
	}
	require.Equal(t, http.StatusBadRequest, try("/v1/realtime?model=unknown"))
	require.Equal(t, http.StatusServiceUnavailable, try("/v1/realtime?model=other"))
	res, err := http.Get(s.url + "/v1/realtime?model=" + model)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusNotFound, res.StatusCode)
	s.dial()
	require.Equal(t, http.StatusServiceUnavailable, try("/v1/realtime?model="+model))

	down := newBench(t, 1)
	down.Serve(down.Suppliers[0], "http://127.0.0.1:1")
	_, got, err := websocket.Dial(t.Context(), down.url+"/v1/realtime?model="+model, nil)
	require.Error(t, err)
	require.Equal(t, http.StatusBadGateway, got.StatusCode, "the supplier does not take it")
}
