package relayer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sdktypes "github.com/pokt-network/shannon-sdk/types"
	"github.com/stretchr/testify/require"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/relayer/upstream"
)

// event is one server-sent event of an OpenAI-compatible stream.
func event(text string) string {
	return `data: {"model":"m","choices":[{"delta":{"content":"` + text + `"}}]}` + "\n\n"
}

// script answers with the parts it is given, each flushed at once, until parts is closed.
func (b *bench) script(media string, parts <-chan string) {
	b.answerWith(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", media)
		w.Header().Set("X-Backend", "here")
		w.WriteHeader(http.StatusAccepted)
		for {
			select {
			case part, more := <-parts:
				if !more {
					return
				}
				if part == "abort" {
					panic(http.ErrAbortHandler)
				}
				_, _ = io.WriteString(w, part)
				_ = http.NewResponseController(w).Flush()
			case <-r.Context().Done():
				return
			}
		}
	})
}

// says is a script of which all is known.
func says(parts ...string) <-chan string {
	c := make(chan string, len(parts))
	for _, p := range parts {
		c <- p
	}
	close(c)
	return c
}

// reading is a stream at the gateway.
type reading struct {
	b    *bench
	req  *servicetypes.RelayRequest
	res  *http.Response
	from *relay.StreamReader
	body []byte // of all batches
}

func (b *bench) read(ctx context.Context, client *http.Client, url string) *reading {
	b.t.Helper()
	req := b.Chat(`{"model":"m","stream":true}`)
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(encoded(b.t, req)))
	require.NoError(b.t, err)
	res, err := client.Do(post)
	require.NoError(b.t, err)
	b.t.Cleanup(func() { _ = res.Body.Close() })
	return &reading{b: b, req: req, res: res, from: relay.NewStreamReader(res.Body, 64<<20)}
}

// next returns the body of the next batch, whose signature and form it checks.
func (r *reading) next() string {
	r.b.t.Helper()
	res, err := r.from.Next()
	require.NoError(r.b.t, err)
	require.Equal(r.b.t, r.req.Meta.SessionHeader, res.Meta.SessionHeader)
	require.NoError(r.b.t, relay.CheckPayload(res))
	require.NoError(r.b.t, relay.VerifyResponse(res, r.b.Suppliers[0].Public()))
	got, err := relay.DecodeHTTPResponse(res.Payload)
	require.NoError(r.b.t, err)
	require.Equal(r.b.t, uint32(r.res.StatusCode), got.StatusCode)
	require.Empty(r.b.t, got.Header)
	r.body = append(r.body, got.BodyBz...)
	return string(got.BodyBz)
}

// rest reads to the end and returns how that was.
func (r *reading) rest() error {
	for {
		res, err := r.from.Next()
		if err != nil {
			return err
		}
		got, err := relay.DecodeHTTPResponse(res.Payload)
		require.NoError(r.b.t, err)
		r.body = append(r.body, got.BodyBz...)
	}
}

// mined is the only relay in the log: it must hold what was read, in the response that the gateway can make of it.
func (r *reading) mined() *relayv1.Served {
	t := r.b.t
	t.Helper()
	require.Eventually(t, func() bool { return r.b.messages() == 1 }, patience, often)
	groups := r.b.groups()
	require.Len(t, groups[0].Relays, 1)
	served := groups[0].Relays[0]
	require.Equal(t, r.b.Gateway.Address(), served.Gateway)
	require.NotEmpty(t, served.Backend)
	leaf, err := relay.DecodeLeaf(served.Relay)
	require.NoError(t, err)
	payload, err := relay.EncodeHTTPResponse(&sdktypes.POKTHTTPResponse{StatusCode: uint32(r.res.StatusCode), BodyBz: r.body})
	require.NoError(t, err)
	want, err := relay.NewResponse(r.req.Meta.SessionHeader, payload)
	require.NoError(t, err)
	require.Equal(t, want.PayloadHash, leaf.Res.PayloadHash)
	require.NoError(t, relay.VerifyResponse(leaf.Res, r.b.Suppliers[0].Public()))
	require.Equal(t, uint64(len(r.body)), served.ResponseBytes)
	require.Equal(t, uint32(http.StatusAccepted), served.StatusCode)
	require.True(t, served.Streamed)
	return served
}

// h2c serves the relayer over HTTP/2 without TLS, too.
func (b *bench) h2c() (client *http.Client, url string) {
	srv := httptest.NewUnstartedServer(b.Relayer)
	srv.Config.Protocols = protocols()
	srv.Start()
	b.t.Cleanup(srv.Close)
	only := new(http.Protocols)
	only.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: only}
	b.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}, srv.URL
}

// overBoth runs a test over HTTP/1.1 and HTTP/2.
func overBoth(t *testing.T, test func(b *bench, client *http.Client, url string), edit ...func(*Config)) {
	t.Run("http1", func(t *testing.T) {
		b := newBench(t, edit...)
		test(b, http.DefaultClient, b.url)
	})
	t.Run("h2c", func(t *testing.T) {
		b := newBench(t, edit...)
		client, url := b.h2c()
		test(b, client, url)
	})
}

// TestStreamIsFlushedOnTime: the gateway has each part while the backend says nothing more. All of it is one relay.
func TestStreamIsFlushedOnTime(t *testing.T) {
	overBoth(t, func(b *bench, client *http.Client, url string) {
		parts := make(chan string)
		b.script("Text/Event-Stream; charset=utf-8", parts)
		go func() { parts <- event("one") }()
		r := b.read(t.Context(), client, url)
		require.Equal(t, http.StatusAccepted, r.res.StatusCode)
		require.Equal(t, "here", r.res.Header.Get("X-Backend"))
		require.Equal(t, "Text/Event-Stream; charset=utf-8", r.res.Header.Get("Content-Type"))
		require.Equal(t, r.res.ProtoMajor == 1, r.res.Close)
		require.Equal(t, event("one"), r.next(), "the backend is still there")
		for _, part := range []string{event("two"), ": half an event\n", event("three")} {
			parts <- part
			require.Equal(t, part, r.next())
		}
		parts <- "data: no end of the line"
		close(parts)
		require.Equal(t, "data: no end of the line", r.next())
		require.ErrorIs(t, r.rest(), io.EOF)
		served := r.mined()
		require.Zero(t, served.Truncated)
		require.Equal(t, "m", served.Model)
		require.NotZero(t, served.FirstTokenNanos)
		require.LessOrEqual(t, served.FirstTokenNanos, served.BackendNanos)
	})
}

// TestClientLeavesStream: the backend is told, and what was delivered is mined.
func TestClientLeavesStream(t *testing.T) {
	overBoth(t, func(b *bench, client *http.Client, url string) {
		ended := make(chan struct{})
		b.answerWith(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", eventStream)
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, event("one"))
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			close(ended)
		})
		ctx, leave := context.WithCancel(t.Context())
		r := b.read(ctx, client, url)
		require.Equal(t, event("one"), r.next())
		leave()
		<-ended
		require.Equal(t, relayv1.Truncated_TRUNCATED_CLIENT, r.mined().Truncated)
	})
}

// TestBackendBreaksStreamOff: the gateway gets all there was, sees that it is not whole, and what it got is mined.
func TestBackendBreaksStreamOff(t *testing.T) {
	overBoth(t, func(b *bench, client *http.Client, url string) {
		parts := make(chan string)
		b.script(eventStream, parts)
		go func() { parts <- event("one") }()
		r := b.read(t.Context(), client, url)
		require.Equal(t, event("one"), r.next())
		parts <- event("two") + "data: half"
		parts <- "abort"
		err := r.rest()
		require.Error(t, err)
		require.NotErrorIs(t, err, io.EOF)
		require.True(t, strings.HasPrefix(event("one")+event("two")+"data: half", string(r.body)))
		require.Equal(t, relayv1.Truncated_TRUNCATED_BACKEND, r.mined().Truncated)
	})
}

// TestStreamLimits: time and size.
func TestStreamLimits(t *testing.T) {
	for want, limit := range map[relayv1.Truncated]func(*Config){
		relayv1.Truncated_TRUNCATED_TIMEOUT: func(c *Config) {
			c.Services = map[string]Service{factstest.Service: {Pools: map[string]upstream.GroupConfig{"rest": {
				Idle: time.Second / 2, Backends: map[string]upstream.EndpointConfig{"a": {URL: c.Services[factstest.Service].Backend}},
			}}}}
		},
		relayv1.Truncated_TRUNCATED_SIZE: func(c *Config) { c.MaxBody = fits },
	} {
		t.Run(want.String(), func(t *testing.T) {
			b := newBench(t, limit)
			parts := make(chan string)
			b.script(eventStream, parts)
			go func() {
				parts <- event("one")
				if want == relayv1.Truncated_TRUNCATED_SIZE {
					parts <- strings.Repeat("x", fits)
				}
			}()
			r := b.read(t.Context(), http.DefaultClient, b.url)
			require.Equal(t, event("one"), r.next())
			require.NotErrorIs(t, r.rest(), io.EOF)
			require.Equal(t, want, r.mined().Truncated)
		})
	}
}

// TestStreamContents: what is sent arrives, whatever is in it.
func TestStreamContents(t *testing.T) {
	long := `{"text":"` + strings.Repeat("x", 1<<20) + `"}` + "\n"
	for name, c := range map[string]struct {
		media string
		parts []string
	}{
		"lines":                 {ndjson, []string{"{}\n", `{"done":`, "true}\n"}},
		"a long line":           {ndjson, []string{long[:100_000], long[100_000:], long}},
		"a long line as events": {eventStream, []string{"data: " + long + "\n"}},
		"many lines":            {ndjson, []string{strings.Repeat("{}\n", 1234)}},
		"delimiters":            {eventStream, []string{"data: " + relay.StreamDelimiter + "\n\n", relay.StreamDelimiter, relay.StreamDelimiter[:9]}},
		"no text":               {eventStream, []string{"\xff\x00\n\n"}},
		"nothing":               {eventStream, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.script(c.media, says(c.parts...))
			r := b.read(t.Context(), http.DefaultClient, b.url)
			require.ErrorIs(t, r.rest(), io.EOF)
			require.Equal(t, strings.Join(c.parts, ""), string(r.body))
			require.Zero(t, r.mined().Truncated)
		})
	}
}

// TestStreamNotBegun: when nothing was delivered the relay is refused and free; a backend's error is free, too.
func TestStreamNotBegun(t *testing.T) {
	b := newBench(t)
	b.stake(1)
	b.script(eventStream, says("abort"))
	require.Equal(t, http.StatusBadGateway, b.send(b.Chat("{}")).status)
	b.answerWith(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", eventStream)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, event("no"))
	})
	req := b.Chat("{}")
	answer, err := relay.DecodeHTTPResponse(b.served(req, b.send(req)).Payload)
	require.NoError(t, err)
	require.Equal(t, event("no"), string(answer.BodyBz))
	require.Zero(t, b.messages())
	b.script(eventStream, says(event("one")))
	r := b.read(t.Context(), http.DefaultClient, b.url)
	require.ErrorIs(t, r.rest(), io.EOF)
	r.mined()
}

// counting counts what is flushed.
type counting struct {
	*httptest.ResponseRecorder
	flushed atomic.Int32
}

func (c *counting) Flush() { c.flushed.Add(1) }

// TestStreamIsLoggedBeforeItEnds: the last batch leaves when the relay is in the log; without a log the reply has no end.
func TestStreamIsLoggedBeforeItEnds(t *testing.T) {
	b := newBench(t)
	g := gate(b)
	parts := make(chan string)
	b.script(eventStream, parts)
	out := &counting{ResponseRecorder: httptest.NewRecorder()}
	done := make(chan struct{})
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", bytes.NewReader(encoded(t, b.Chat("{}"))))
	go func() { defer close(done); b.ServeHTTP(out, req) }()
	parts <- event("one")
	require.Eventually(t, func() bool { return out.flushed.Load() == 1 }, patience, often)
	parts <- "data: the last"
	close(parts)
	<-g.waiting
	require.Equal(t, int32(1), out.flushed.Load())
	close(g.open)
	<-done
	require.Equal(t, int32(2), out.flushed.Load())

	b2 := newBench(t, func(c *Config) { c.LogTimeout = 30 * time.Millisecond })
	g2 := gate(b2)
	b2.script(eventStream, says(event("one"), "data: the last"))
	r := b2.read(t.Context(), http.DefaultClient, b2.url)
	require.False(t, errors.Is(r.rest(), io.EOF), "cut")
	require.NotContains(t, string(r.body), "the last")
	close(g2.open)
	require.Eventually(t, func() bool { return b2.messages() == 1 }, patience, often, "it is logged later")
}

// TestStreamPool: what asks for a stream goes to the backends for streams.
func TestStreamPool(t *testing.T) {
	hit := make(chan string, 1)
	named := func(name string) string {
		srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hit <- name }))
		t.Cleanup(srv.Close)
		return srv.URL
	}
	pool := func(name string) upstream.GroupConfig {
		return upstream.GroupConfig{Backends: map[string]upstream.EndpointConfig{name: {URL: named(name)}}}
	}
	b := newBench(t, func(c *Config) {
		c.Services = map[string]Service{factstest.Service: {DefaultRPC: "jsonrpc", Pools: map[string]upstream.GroupConfig{
			"jsonrpc": pool("jsonrpc"), "stream": pool("stream"), "cometbft": pool("cometbft"),
		}}}
	})
	for _, c := range []struct{ rpc, accept, body, want string }{
		{"", "", "{}", "jsonrpc"},
		{"3", "application/json", "{}", "jsonrpc"},
		{"4", "", "{}", "jsonrpc"}, // none of its own
		{"nonsense", "", "{}", "jsonrpc"},
		{"99", "", "{}", "jsonrpc"},
		{"5", "", "{}", "cometbft"},
		{"CometBFT", "", "{}", "cometbft"},
		{"stream", "", "{}", "stream"},
		{"3", eventStream, "{}", "stream"},
		{"3", "", `{"model":"m","stream":true}`, "stream"},
	} {
		want := factstest.HTTP(c.body)
		if c.accept != "" {
			want.Header = header("Accept", c.accept)
		}
		raw := encoded(t, b.Sign(b.Request(b.Header(5), b.Suppliers[0], want), b.Gateway))
		post, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url, bytes.NewReader(raw))
		require.NoError(t, err)
		if c.rpc != "" {
			post.Header.Set("Rpc-Type", c.rpc)
		}
		res, err := http.DefaultClient.Do(post)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Equal(t, c.want, <-hit, "%+v", c)
	}
}
