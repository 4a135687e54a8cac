package gateway

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sdktypes "github.com/pokt-network/shannon-sdk/types"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/pocket/ring"
)

const (
	model  = "llama"
	answer = `{"id":"1","object":"chat.completion","created":1,"model":"llama",` +
		`"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"hello"}}],` +
		`"usage":{"prompt_tokens":7,"completion_tokens":11,"total_tokens":18}}`
)

// supplier verifies what it is sent and signs what it answers, as the real ones do; cheat changes its answer.
type supplier struct {
	t     testing.TB
	world *factstest.World
	key   keys.Private
	calls atomic.Int32
	asked atomic.Pointer[sdktypes.POKTHTTPRequest]
	cheat func(*supplier, http.ResponseWriter, *servicetypes.RelayRequest) bool // true: it has answered
	// edit changes the HTTP answer before it is signed, tamper the response after.
	edit   func(*sdktypes.POKTHTTPResponse)
	tamper func(*servicetypes.RelayResponse)
	// stream answers instead, once the request was checked.
	stream http.HandlerFunc
}

func (s *supplier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.calls.Add(1)
	raw, _ := io.ReadAll(r.Body)
	req, err := relay.DecodeRequest(raw)
	if err == nil {
		err = s.check(req)
	}
	if err != nil {
		s.t.Errorf("the gateway sent a bad request: %v", err)
		return
	}
	if s.stream != nil {
		s.stream(w, r)
		return
	}
	if s.cheat != nil && s.cheat(s, w, req) {
		return
	}
	s.answer(w, req)
}

// check does what a relayer does to a request.
func (s *supplier) check(req *servicetypes.RelayRequest) error {
	if err := relay.CheckRequest(req); err != nil {
		return err
	}
	require.Equal(s.t, s.world.Header(s.world.Height()), req.Meta.SessionHeader)
	require.Equal(s.t, s.key.Address(), req.Meta.SupplierOperatorAddress)
	hash, err := relay.RequestHash(req)
	if err != nil {
		return err
	}
	asked, err := relay.DecodeHTTPRequest(req.Payload)
	if err != nil {
		return err
	}
	s.asked.Store(asked)
	members := ring.NewSet(s.world.App.Public(), s.world.Gateway.Public())
	return ring.NewVerifier(nil).Verify(hash, req.Meta.Signature, members)
}

func (s *supplier) answer(w http.ResponseWriter, req *servicetypes.RelayRequest) {
	said := &sdktypes.POKTHTTPResponse{
		StatusCode: http.StatusOK, BodyBz: []byte(answer),
		Header: map[string]*sdktypes.Header{
			"Content-Type": {Key: "Content-Type", Values: []string{"application/json"}},
			"Set-Cookie":   {Key: "Set-Cookie", Values: []string{"a=b"}},
		},
	}
	if s.edit != nil {
		s.edit(said)
	}
	payload, err := relay.EncodeHTTPResponse(said)
	require.NoError(s.t, err)
	res, err := relay.NewResponse(req.Meta.SessionHeader, payload)
	require.NoError(s.t, err)
	require.NoError(s.t, relay.SignResponse(res, s.key))
	if s.tamper != nil {
		s.tamper(res)
	}
	raw, err := res.Marshal()
	require.NoError(s.t, err)
	_, _ = w.Write(raw)
}

// bench is a gateway before a network of suppliers.
type bench struct {
	*factstest.World
	*Gateway
	suppliers []*supplier
	url       string
}

// newBench starts a gateway and that many suppliers, at height 5.
func newBench(t testing.TB, suppliers int, edit ...func(*Config)) *bench {
	t.Helper()
	b := &bench{World: factstest.New(t, suppliers)}
	for _, key := range b.Suppliers {
		s := &supplier{t: t, world: b.World, key: key}
		server := httptest.NewServer(s)
		t.Cleanup(server.Close)
		b.Serve(key, server.URL)
		b.suppliers = append(b.suppliers, s)
	}
	cfg := Default()
	cfg.Chain, cfg.KeyFile = b.Config(), factstest.KeyFile(t, b.World.Gateway)
	cfg.Applications, cfg.Models = []string{b.App.Address()}, map[string]string{model: factstest.Service, "other": "no-such-service"}
	for _, f := range edit {
		f(&cfg)
	}
	require.NoError(t, cfg.Validate())
	kit := run.Kit{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Health: run.NewHealth()}
	g, err := New(t.Context(), cfg, kit)
	require.NoError(t, err)
	b.Gateway = g
	b.block(t, 5)
	server := httptest.NewServer(g.handler())
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

// block moves the chain, and the gateway sees it.
func (b *bench) block(t testing.TB, height int64) {
	t.Helper()
	b.SetHeight(height)
	require.NoError(t, b.refreshHeight(t.Context()))
}

// client is the official OpenAI client.
func (b *bench) client() openai.Client {
	return openai.NewClient(option.WithBaseURL(b.url+"/v1"), option.WithAPIKey("none"), option.WithMaxRetries(0))
}

// chat asks by the official client; raw is the HTTP response.
func (b *bench) chat(t testing.TB, opts ...option.RequestOption) (*openai.ChatCompletion, *http.Response, error) {
	t.Helper()
	var raw *http.Response
	c := b.client()
	got, err := c.Chat.Completions.New(t.Context(), openai.ChatCompletionNewParams{
		Model: model, Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("hi")},
	}, append(opts, option.WithResponseInto(&raw))...)
	return got, raw, err
}
