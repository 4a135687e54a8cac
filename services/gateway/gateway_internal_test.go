package gateway

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	sdktypes "github.com/pokt-network/shannon-sdk/types"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/pocket/relay"
)

func TestChatByTheOfficialClient(t *testing.T) {
	b := newBench(t, 1)
	got, raw, err := b.chat(t)
	require.NoError(t, err)
	require.Equal(t, "hello", got.Choices[0].Message.Content)
	require.Equal(t, int64(18), got.Usage.TotalTokens)
	require.Equal(t, b.Header(5).SessionId, raw.Header.Get("Lode-Session"))
	require.Equal(t, b.Suppliers[0].Address(), raw.Header.Get("Lode-Supplier"))
	require.Equal(t, "application/json", raw.Header.Get("Content-Type"))
	require.Empty(t, raw.Header.Get("Set-Cookie"), "a backend sets no cookies")

	asked := b.suppliers[0].asked.Load()
	require.Equal(t, http.MethodPost, asked.Method)
	require.True(t, strings.HasSuffix(asked.Url, "/v1/chat/completions"), asked.Url)
	require.Len(t, asked.Header, 1, "the client's key stays here")
	var body struct{ Model string }
	require.NoError(t, json.Unmarshal(asked.BodyBz, &body))
	require.Equal(t, model, body.Model)
}

func TestModels(t *testing.T) {
	b := newBench(t, 1)
	c := b.client()
	page, err := c.Models.List(t.Context())
	require.NoError(t, err)
	require.Len(t, page.Data, 2)
	require.Equal(t, model, page.Data[0].ID)
}

// cheats are what a supplier can do wrong; each of its answers is refused with a reason.
var cheats = map[string]struct {
	says string
	do   func(*bench, *supplier)
}{
	"refuses": {"status 503", func(_ *bench, s *supplier) {
		s.cheat = func(_ *supplier, w http.ResponseWriter, _ *servicetypes.RelayRequest) bool {
			http.Error(w, `{"error":"full"}`, http.StatusServiceUnavailable)
			return true
		}
	}},
	"refuses in a relay": {"relayer_proxy 7", func(_ *bench, s *supplier) {
		s.cheat = func(_ *supplier, w http.ResponseWriter, req *servicetypes.RelayRequest) bool {
			raw, _ := relay.RateLimited.Response(req.Meta.SessionHeader, "no").Marshal()
			_, _ = w.Write(raw)
			return true
		}
	}},
	"talks nonsense": {"undecodable", func(_ *bench, s *supplier) {
		s.cheat = func(_ *supplier, w http.ResponseWriter, _ *servicetypes.RelayRequest) bool {
			_, _ = io.WriteString(w, "\xff\xff")
			return true
		}
	}},
	"redirects": {"status 302", func(_ *bench, s *supplier) {
		s.cheat = func(_ *supplier, w http.ResponseWriter, _ *servicetypes.RelayRequest) bool {
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(http.StatusFound)
			return true
		}
	}},
	"answers too much": {"exceeds 65536 bytes", func(_ *bench, s *supplier) {
		s.edit = func(r *sdktypes.POKTHTTPResponse) { r.BodyBz = make([]byte, 1<<16) }
	}},
	"signs as another": {"verify supplier signature", func(b *bench, s *supplier) {
		s.tamper = func(r *servicetypes.RelayResponse) { require.NoError(s.t, relay.SignResponse(r, b.App)) }
	}},
	"does not sign": {"missing supplier operator signature", func(_ *bench, s *supplier) {
		s.tamper = func(r *servicetypes.RelayResponse) { r.Meta.SupplierOperatorSignature = nil }
	}},
	"changes the payload": {"payload", func(_ *bench, s *supplier) {
		s.tamper = func(r *servicetypes.RelayResponse) { r.Payload[len(r.Payload)-1] ^= 1 }
	}},
	"changes payload and hash": {"verify supplier signature", func(_ *bench, s *supplier) {
		s.tamper = func(r *servicetypes.RelayResponse) {
			changed, err := relay.NewResponse(r.Meta.SessionHeader, append(r.Payload, 0))
			require.NoError(s.t, err)
			r.Payload, r.PayloadHash = changed.Payload, changed.PayloadHash
		}
	}},
	"answers for another session": {"another session", func(b *bench, s *supplier) {
		s.tamper = func(r *servicetypes.RelayResponse) {
			r.Meta.SessionHeader = b.Header(15)
			require.NoError(s.t, relay.SignResponse(r, s.key))
		}
	}},
	"has a status that HTTP has not": {"status 0", func(_ *bench, s *supplier) {
		s.edit = func(r *sdktypes.POKTHTTPResponse) { r.StatusCode = 0 }
	}},
	"has a status in the thousands": {"status 1000", func(_ *bench, s *supplier) {
		s.edit = func(r *sdktypes.POKTHTTPResponse) { r.StatusCode = 1000 }
	}},
}

// TestBadAnswersAreRefused, with the reason, when there is nobody else to ask.
func TestBadAnswersAreRefused(t *testing.T) {
	for name, c := range cheats {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 1, func(c *Config) { c.MaxBody = 1 << 16 })
			c.do(b, b.suppliers[0])
			_, _, err := b.chat(t)
			var failed *openai.Error
			require.ErrorAs(t, err, &failed)
			require.Equal(t, http.StatusBadGateway, failed.StatusCode)
			require.Equal(t, "relay_failed", failed.Type)
			require.Contains(t, failed.Message, c.says)
			require.Equal(t, int32(1), b.suppliers[0].calls.Load(), "a supplier is asked once")
		})
	}
}

// TestAnotherSupplierIsTried: an application does not notice that one of its suppliers fails, however it does.
func TestAnotherSupplierIsTried(t *testing.T) {
	for name, c := range cheats {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 2, func(c *Config) { c.MaxBody = 1 << 16 })
			c.do(b, b.suppliers[0])
			for range 2 { // suppliers take turns
				_, raw, err := b.chat(t)
				require.NoError(t, err)
				require.Equal(t, b.Suppliers[1].Address(), raw.Header.Get("Lode-Supplier"))
			}
			require.Equal(t, int32(1), b.suppliers[0].calls.Load(), "it rests after a failure")
		})
	}
}

// TestBackendErrorsAreTheClients: an error that the supplier signed is an answer.
func TestBackendErrorsAreTheClients(t *testing.T) {
	b := newBench(t, 1)
	b.suppliers[0].edit = func(r *sdktypes.POKTHTTPResponse) {
		r.StatusCode, r.BodyBz = http.StatusBadRequest, []byte(`{"error":{"message":"context too long","type":"invalid"}}`)
	}
	_, _, err := b.chat(t)
	var failed *openai.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, http.StatusBadRequest, failed.StatusCode)
	require.Equal(t, "context too long", failed.Message)
}

func TestRefusedBeforeARelay(t *testing.T) {
	b := newBench(t, 1, func(c *Config) { c.MaxBody = 200 })
	for _, c := range []struct {
		path, body string
		status     int
		says       string
	}{
		{"/v1/chat/completions", `{"model":"unknown"}`, 400, `model \"unknown\" is not offered here`},
		{"/v1/chat/completions", `{}`, 400, `model \"\" is not offered here`},
		{"/v1/chat/completions", `not JSON`, 400, "the body is not JSON"},
		{"/v1/chat/completions", `{"model":"llama","pad":"` + strings.Repeat("x", 200) + `"}`, 413, "exceeds 200 bytes"},
		{"/v1/chat/completions", `{"model":"other"}`, 503, "no application of this gateway has a session"},
		{"/elsewhere", `{"model":"llama"}`, 404, "no such endpoint"},
	} {
		res, err := http.Post(b.url+c.path, "application/json", strings.NewReader(c.body))
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, errors.Join(err, res.Body.Close()))
		require.Equal(t, c.status, res.StatusCode, "%s", body)
		require.Contains(t, string(body), c.says)
		require.True(t, json.Valid(body))
	}
	require.Zero(t, b.suppliers[0].calls.Load())
}

// TestNewSessionIsTaken when the chain's height passes the end of the running one.
func TestNewSessionIsTaken(t *testing.T) {
	b := newBench(t, 1)
	session := func() string {
		t.Helper()
		_, raw, err := b.chat(t)
		require.NoError(t, err)
		return raw.Header.Get("Lode-Session")
	}
	require.Equal(t, b.Header(5).SessionId, session())
	b.block(t, 10)
	require.Equal(t, b.Header(5).SessionId, session(), "its last block")
	require.Equal(t, 1, b.Asked(factstest.QuerySession))
	b.block(t, 11)
	require.Equal(t, b.Header(11).SessionId, session())
	require.NotEqual(t, b.Header(5).SessionId, b.Header(11).SessionId)
}

func TestNobodyToAsk(t *testing.T) {
	for says, edit := range map[string]func(*bench){
		"the session has no other supplier":         func(b *bench) { b.Set(func(s *factstest.State) { s.Suppliers = nil }) },
		"offers no HTTP endpoint":                   func(b *bench) { b.Serve(b.Suppliers[0], "") },
		"has not delegated to this gateway":         func(b *bench) { b.Set(func(s *factstest.State) { s.App.DelegateeGatewayAddresses = nil }) },
		"height of the chain is not known":          func(b *bench) { b.height.Store(0) },
		"has no public key on chain":                func(b *bench) { b.Set(func(s *factstest.State) { delete(s.Accounts, b.App.Address()) }) },
		"no application of this gateway has a sess": func(b *bench) { b.SetDown(true) },
	} {
		t.Run(says, func(t *testing.T) {
			b := newBench(t, 1)
			edit(b)
			_, _, err := b.chat(t)
			var failed *openai.Error
			require.ErrorAs(t, err, &failed)
			require.Contains(t, failed.Message, says)
			require.Equal(t, failed.Type, failed.Code)
		})
	}
}

func TestPickTakesTurnsAndLetsRest(t *testing.T) {
	now := time.Unix(1000, 0)
	p := &picker{rest: map[string]time.Time{}, now: func() time.Time { return now }}
	a, b := &sharedtypes.Supplier{OperatorAddress: "a"}, &sharedtypes.Supplier{OperatorAddress: "b"}
	both := []*sharedtypes.Supplier{a, b}
	pick := func(tried ...string) *sharedtypes.Supplier {
		set := map[string]bool{}
		for _, s := range tried {
			set[s] = true
		}
		return p.pick(both, set)
	}
	require.NotSame(t, pick(), pick(), "in turn")
	p.failed("a")
	for range 3 {
		require.Same(t, b, pick())
	}
	require.Same(t, a, pick("b"), "a resting one is better than none")
	require.Nil(t, pick("a", "b"))
	require.Nil(t, p.pick(nil, nil))
	now = now.Add(restFor + 1)
	require.NotSame(t, pick(), pick(), "rested")
}

func TestEndpointPrefersJSONRPC(t *testing.T) {
	of := func(types ...sharedtypes.RPCType) string {
		c := &sharedtypes.SupplierServiceConfig{}
		for _, rpc := range types {
			c.Endpoints = append(c.Endpoints, &sharedtypes.SupplierEndpoint{Url: rpc.String(), RpcType: rpc})
		}
		return endpoint(&sharedtypes.Supplier{Services: []*sharedtypes.SupplierServiceConfig{c}})
	}
	require.Equal(t, "JSON_RPC", of(sharedtypes.RPCType_REST, sharedtypes.RPCType_JSON_RPC))
	require.Equal(t, "REST", of(sharedtypes.RPCType_WEBSOCKET, sharedtypes.RPCType_REST))
	require.Empty(t, of(sharedtypes.RPCType_GRPC, sharedtypes.RPCType_WEBSOCKET))
	require.Empty(t, of())
}
