package relayer

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	sdktypes "github.com/pokt-network/shannon-sdk/types"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/pocket/relay"
)

func zipped(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.Bytes()
}

// ask relays an HTTP request and returns the HTTP response that the supplier signed.
func (b *bench) ask(req *sdktypes.POKTHTTPRequest) *sdktypes.POKTHTTPResponse {
	b.t.Helper()
	r := b.Sign(b.Request(b.Header(b.Height()), b.Suppliers[0], req), b.Gateway)
	res, err := relay.DecodeHTTPResponse(b.served(r, b.send(r)).Payload)
	require.NoError(b.t, err)
	return res
}

func header(pairs ...string) map[string]*sdktypes.Header {
	h := map[string]*sdktypes.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h[pairs[i]] = &sdktypes.Header{Key: pairs[i], Values: []string{pairs[i+1]}}
	}
	return h
}

func TestBackendSeesOurHeaders(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(token, []byte("secret\n"), 0o600))
	b := newBench(t, func(c *Config) {
		s := c.Services[factstest.Service]
		s.Headers, s.BearerFile = map[string]string{"x-team": "ours"}, token
		s.Backend += "/base/?fixed=1"
		c.Services[factstest.Service] = s
	})
	seen := make(chan *http.Request, 1)
	b.answerWith(func(w http.ResponseWriter, r *http.Request) { seen <- r.Clone(t.Context()) })
	b.ask(&sdktypes.POKTHTTPRequest{
		Method: "PUT", Url: "http://user@evil.example:1/v1/../v1/chat?q=2&fixed=3", BodyBz: []byte("{}"),
		Header: header("Content-Type", "application/json", "pocket-supplier", "spoofed", "POCKET-SERVICE", "spoofed", "Pocket-Other", "spoofed",
			"Authorization", "Bearer stolen", "X-Team", "theirs", "X-Own", "kept", "Connection", "X-Own", "Te", "trailers", "Transfer-Encoding", "chunked",
			"Upgrade", "websocket", "Host", "evil.example", "Content-Length", "99", "Accept-Encoding", "gzip"),
	})
	got := <-seen
	require.Equal(t, "PUT", got.Method)
	require.Equal(t, "/base/v1/chat", got.URL.Path)
	require.Equal(t, url.Values{"fixed": {"1", "3"}, "q": {"2"}}, got.URL.Query())
	require.NotContains(t, got.Host, "evil")
	require.Equal(t, http.Header{
		"Content-Type": {"application/json"}, "Content-Length": {"2"}, "Accept-Encoding": {"identity"}, "X-Own": {"kept"}, "X-Team": {"ours"},
		"Authorization": {"Bearer secret"}, "User-Agent": {"Go-http-client/1.1"},
		"Pocket-Supplier": {b.Suppliers[0].Address()}, "Pocket-Service": {factstest.Service}, "Pocket-Application": {b.App.Address()},
	}, got.Header)
}

func TestRedirectsAreAnswers(t *testing.T) {
	b := newBench(t)
	b.answerWith(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) })
	res := b.ask(factstest.HTTP("{}"))
	require.Equal(t, uint32(http.StatusFound), res.StatusCode)
	require.Equal(t, []string{"/elsewhere"}, res.Header["Location"].Values)
	require.Equal(t, int32(1), b.calls.Load())
	require.Equal(t, uint64(1), b.messages(), "below 500 is paid")
}

// TestAnswersAreSignedUncompressed, be it said by a header or seen by the first bytes, and without headers of the
// backend's connection.
func TestAnswersAreSignedUncompressed(t *testing.T) {
	b := newBench(t)
	for _, encoding := range []string{"gzip", ""} {
		b.answerWith(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Many", "a")
			w.Header().Add("X-Many", "b")
			w.Header().Set("Keep-Alive", "timeout=5")
			w.Header().Set("Connection", "close")
			if encoding != "" {
				w.Header().Set("Content-Encoding", encoding)
			}
			_, _ = w.Write(zipped(answered))
		})
		res := b.ask(factstest.HTTP(`{"encoding":"` + encoding + `"}`))
		require.JSONEq(t, answered, string(res.BodyBz))
		require.Equal(t, []string{"a", "b"}, res.Header["X-Many"].Values)
		for _, name := range []string{"Content-Encoding", "Keep-Alive", "Connection", "Content-Length"} {
			require.NotContains(t, res.Header, name)
		}
	}
	for _, g := range b.groups() {
		require.Equal(t, uint64(7), g.Relays[0].PromptTokens)
		require.Equal(t, uint64(len(answered)), g.Relays[0].ResponseBytes)
	}
}

// TestClientsFaultIsNotTheBackends: what a client does wrong, or asks too much of, does not count as a failure of
// the backend, which others need.
func TestClientsFaultIsNotTheBackends(t *testing.T) {
	b := newBench(t, func(c *Config) { c.MaxBody = fits })
	good := *b.backend.Load()
	b.answerWith(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, fits+1)) })
	for range failuresInARow + 1 {
		got := b.send(b.Chat("{}"))
		require.Equal(t, http.StatusBadGateway, got.status)
	}
	called := b.calls.Load()
	for _, h := range []map[string]*sdktypes.Header{header("Bad Name", "x"), header("X-Bad", "line\nbreak")} {
		bad := factstest.HTTP("{}")
		bad.Header = h
		for range failuresInARow + 1 {
			got := b.send(b.Sign(b.Request(b.Header(5), b.Suppliers[0], bad), b.Gateway))
			require.Equal(t, http.StatusBadRequest, got.status)
			require.Contains(t, errorOf(t, got), "cannot be sent")
		}
	}
	require.Equal(t, called, b.calls.Load())
	b.answerWith(good)
	req := b.Chat("{}")
	b.served(req, b.send(req))
}

// failuresInARow is when a backend rests, where the configuration says nothing.
const failuresInARow = 10
