package gateway

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/ssestream"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sdktypes "github.com/pokt-network/shannon-sdk/types"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/pocket/relay"
)

// event is a chunk of a chat, as model servers stream it.
func event(text string) string {
	return fmt.Sprintf(`data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"llama","choices":[{"index":0,"delta":{"content":%q}}]}`+"\n\n", text)
}

const lastEvents = `data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"llama","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],` +
	`"usage":{"prompt_tokens":7,"completion_tokens":11,"total_tokens":18}}` + "\n\ndata: [DONE]\n\n"

// batch is one signed batch as it is sent; tamper changes it after it was signed.
func (s *supplier) batch(status uint32, body string, tamper ...func(*servicetypes.RelayResponse)) string {
	payload, err := relay.EncodeHTTPResponse(&sdktypes.POKTHTTPResponse{StatusCode: status, BodyBz: []byte(body)})
	require.NoError(s.t, err)
	res, err := relay.NewResponse(s.world.Header(s.world.Height()), payload)
	require.NoError(s.t, err)
	require.NoError(s.t, relay.SignResponse(res, s.key))
	for _, f := range tamper {
		f(res)
	}
	raw, err := res.Marshal()
	require.NoError(s.t, err)
	return string(raw) + relay.StreamDelimiter
}

// cut is said to break the connection off.
const cut = "cut"

// script makes the supplier stream what is said, each flushed at once, until say is closed. left is closed when the
// gateway went away before that.
func (s *supplier) script(media string) (say chan string, left chan struct{}) {
	say, left = make(chan string, 10), make(chan struct{})
	s.stream = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", media)
		w.Header().Set("Set-Cookie", "a=b")
		for {
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
				close(left)
				return
			case part, more := <-say:
				switch {
				case !more:
					return
				case part == cut:
					panic(http.ErrAbortHandler)
				}
				_, _ = io.WriteString(w, part)
			}
		}
	}
	return say, left
}

// stream asks by the official client; raw is the HTTP response.
func (b *bench) stream(ctx context.Context) (*ssestream.Stream[openai.ChatCompletionChunk], *http.Response) {
	var raw *http.Response
	c := b.client()
	stream := c.Chat.Completions.NewStreaming(ctx, openai.ChatCompletionNewParams{
		Model: model, Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("hi")},
	}, option.WithResponseInto(&raw))
	return stream, raw
}

// says reads the next chunk.
func says(t testing.TB, s *ssestream.Stream[openai.ChatCompletionChunk], text string) {
	t.Helper()
	require.True(t, s.Next(), "%v", s.Err())
	require.Equal(t, text, s.Current().Choices[0].Delta.Content)
}

func (b *bench) counted(outcome string) float64 {
	return testutil.ToFloat64(b.Gateway.metrics.relays.WithLabelValues(factstest.Service, outcome))
}

// TestStreamByTheOfficialClient: each chunk is there before the next one is said.
func TestStreamByTheOfficialClient(t *testing.T) {
	b := newBench(t, 1)
	s := b.suppliers[0]
	say, _ := s.script("text/event-stream; charset=utf-8")
	say <- s.batch(200, event("hel"))
	stream, raw := b.stream(t.Context())
	says(t, stream, "hel")
	require.Equal(t, eventStream, raw.Header.Get("Content-Type"))
	require.Equal(t, b.Header(5).SessionId, raw.Header.Get("Lode-Session"))
	require.Equal(t, b.Suppliers[0].Address(), raw.Header.Get("Lode-Supplier"))
	require.Empty(t, raw.Header.Get("Set-Cookie"))
	say <- s.batch(200, event("lo "))
	says(t, stream, "lo ")
	say <- s.batch(200, event("a")+event("b")+lastEvents)
	close(say)
	says(t, stream, "a")
	says(t, stream, "b")
	require.True(t, stream.Next())
	require.Equal(t, int64(18), stream.Current().Usage.TotalTokens)
	require.False(t, stream.Next())
	require.NoError(t, stream.Err())
	require.Contains(t, string(s.asked.Load().BodyBz), `"stream":true`)
	require.Eventually(t, func() bool { return b.counted("verified") == 1 }, patience, often)
	require.Zero(t, b.counted("failed"))
}

const (
	patience = 20 * time.Second
	often    = 5 * time.Millisecond
)

func (b *bench) post(t testing.TB) *http.Response {
	t.Helper()
	res, err := http.Post(b.url+"/v1/chat/completions", "application/json", strings.NewReader(`{"model":"llama"}`))
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// TestStreamsOfLines, with any status and content, come through byte by byte, asked for or not.
func TestStreamsOfLines(t *testing.T) {
	b := newBench(t, 1)
	s := b.suppliers[0]
	say, _ := s.script(ndjson)
	want := []string{"{}\n", relay.StreamDelimiter + "\n", "", "half a line", "\xff\n"}
	for _, body := range want {
		say <- s.batch(404, body)
	}
	close(say)
	res := b.post(t)
	require.Equal(t, http.StatusNotFound, res.StatusCode)
	require.Equal(t, ndjson, res.Header.Get("Content-Type"))
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, strings.Join(want, ""), string(body))
}

// breaks are the ways in which a stream can go wrong, at its begin or later.
var breaks = map[string]struct {
	says string
	then func(*bench, *supplier) string
	edit func(*Config)
	late bool // not of the first batch
}{
	"is cut":              {says: "unexpected EOF", then: func(*bench, *supplier) string { return cut }},
	"ends inside a batch": {says: "the stream ends inside a batch", then: func(_ *bench, s *supplier) string { return s.batch(200, "x")[:20] }},
	"talks nonsense":      {says: "undecodable", then: func(*bench, *supplier) string { return "garbage" }},
	"has a batch too large": {says: "a batch of more than 65536 bytes", then: func(_ *bench, s *supplier) string {
		return s.batch(200, strings.Repeat("x", 1<<16))
	}},
	"is too long": {says: "the answer exceeds 1024 bytes", edit: func(c *Config) { c.MaxStream = 1 << 10 }, then: func(_ *bench, s *supplier) string {
		return s.batch(200, strings.Repeat("x", 1<<10))
	}},
	"falls silent":       {says: errLate.Error(), edit: func(c *Config) { c.StreamIdle = time.Millisecond }, late: true},
	"takes too long":     {says: errLate.Error(), edit: func(c *Config) { c.StreamTime = time.Nanosecond }, late: true},
	"never begins":       {says: errLate.Error(), edit: func(c *Config) { c.Timeout = 50 * time.Millisecond }},
	"changes its status": {says: "from 200 to 500", late: true, then: func(_ *bench, s *supplier) string { return s.batch(500, "x") }},
	"refuses": {says: "relayer_proxy 7", then: func(b *bench, _ *supplier) string {
		raw, _ := relay.RateLimited.Response(b.Header(5), "no").Marshal()
		return string(raw) + relay.StreamDelimiter
	}},
	"signs as another": {says: "verify supplier signature", then: func(b *bench, s *supplier) string {
		return s.batch(200, "x", func(r *servicetypes.RelayResponse) { require.NoError(s.t, relay.SignResponse(r, b.App)) })
	}},
	"does not sign": {says: "missing supplier operator signature", then: func(_ *bench, s *supplier) string {
		return s.batch(200, "x", func(r *servicetypes.RelayResponse) { r.Meta.SupplierOperatorSignature = nil })
	}},
	"changes the payload": {says: "payload", then: func(_ *bench, s *supplier) string {
		return s.batch(200, "x", func(r *servicetypes.RelayResponse) { r.Payload[len(r.Payload)-1] ^= 1 })
	}},
	"answers for another session": {says: "another session", then: func(b *bench, s *supplier) string {
		return s.batch(200, "x", func(r *servicetypes.RelayResponse) {
			r.Meta.SessionHeader = b.Header(15)
			require.NoError(s.t, relay.SignResponse(r, s.key))
		})
	}},
	"has a status that HTTP has not": {says: "status 1000", then: func(_ *bench, s *supplier) string { return s.batch(1000, "x") }},
}

// TestStreamsBreakVisibly: what was verified before is with the client, what is wrong never is, nobody else is asked, and
// the client learns that it has not all.
func TestStreamsBreakVisibly(t *testing.T) {
	for name, c := range breaks {
		if name == "never begins" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 1, func(cfg *Config) {
				cfg.MaxBody = 1 << 16
				if c.edit != nil {
					c.edit(cfg)
				}
			})
			s := b.suppliers[0]
			say, _ := s.script(eventStream)
			say <- s.batch(200, event("hel"))
			if c.then != nil {
				say <- c.then(b, s)
				close(say)
			}
			stream, _ := b.stream(t.Context())
			says(t, stream, "hel")
			require.False(t, stream.Next())
			require.ErrorContains(t, stream.Err(), c.says)
			require.Eventually(t, func() bool { return b.counted("failed") == 1 }, patience, often)
			require.Zero(t, b.counted("verified"))
			require.Contains(t, b.picker.rest, s.key.Address())
			require.Equal(t, int32(1), s.calls.Load())
		})
	}
}

// TestStreamsThatDoNotBegin are made up for by another supplier, and an error when there is none.
func TestStreamsThatDoNotBegin(t *testing.T) {
	for name, c := range breaks {
		if c.late {
			continue
		}
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 2, func(cfg *Config) {
				cfg.MaxBody, cfg.Attempts = 1<<16, 1
				if c.edit != nil {
					c.edit(cfg)
				}
			})
			for _, s := range b.suppliers {
				say, _ := s.script(eventStream)
				if c.then != nil {
					say <- c.then(b, s)
					close(say)
				}
			}
			res := b.post(t)
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			require.Equal(t, http.StatusBadGateway, res.StatusCode)
			require.Contains(t, string(body), c.says)
			if name == "never begins" {
				return // the other one may be late, too
			}
			b.cfg.Attempts, b.suppliers[0].stream = 2, nil
			clear(b.picker.rest)
			for range 2 {
				require.Equal(t, b.Suppliers[0].Address(), b.post(t).Header.Get("Lode-Supplier"))
			}
		})
	}
}

// TestBrokenStreamsAreCut: the HTTP answer is not whole, whatever a client makes of its content.
func TestBrokenStreamsAreCut(t *testing.T) {
	for media, want := range map[string]string{
		ndjson:      "{}\n",
		eventStream: "{}\n\n\ndata: {\"error\":{\"code\":\"relay_failed\",\"message\":\"unexpected EOF\",\"type\":\"relay_failed\"}}\n\n",
	} {
		b := newBench(t, 1)
		s := b.suppliers[0]
		say, _ := s.script(media)
		say <- s.batch(200, "{}\n")
		say <- cut
		body, err := io.ReadAll(b.post(t).Body)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.Equal(t, want, string(body))
	}
}

func TestEmptyStreamsAreNoAnswer(t *testing.T) {
	b := newBench(t, 1)
	say, _ := b.suppliers[0].script(eventStream)
	close(say)
	res := b.post(t)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusBadGateway, res.StatusCode)
	require.Contains(t, string(body), "the answer is empty")
}

// TestClientLeavesAStream: the supplier is told at once, and is not to blame.
func TestClientLeavesAStream(t *testing.T) {
	b := newBench(t, 1)
	s := b.suppliers[0]
	say, left := s.script(eventStream)
	say <- s.batch(200, event("hel"))
	ctx, leave := context.WithCancel(t.Context())
	stream, _ := b.stream(ctx)
	says(t, stream, "hel")
	leave()
	<-left
	require.Eventually(t, func() bool { return b.counted("verified") == 1 }, patience, often)
	require.Zero(t, b.counted("failed"))
	require.Empty(t, b.picker.rest)
}

// FuzzAnswer: whatever a supplier sends, nothing is taken that it did not sign.
func FuzzAnswer(f *testing.F) {
	b := newBench(f, 1)
	s := b.suppliers[0]
	one, two := s.batch(200, "one"), s.batch(200, "two")
	f.Add(eventStream, 200, []byte(one+two))
	f.Add(ndjson, 200, []byte(one+two[:30]))
	f.Add("application/json", 200, []byte(strings.TrimSuffix(one, relay.StreamDelimiter)))
	f.Add("application/json", 503, []byte("no"))
	r, err := b.routes.route(f.Context(), b.cfg.Applications, factstest.Service, 5)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, media string, status int, body []byte) {
		x := &exchange{g: b.Gateway, route: r, supplier: s.key.Address(), ctx: t.Context()}
		res := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {media}}, Body: io.NopCloser(strings.NewReader(string(body)))}
		for err := x.took(res); err == nil; {
			var part *sdktypes.POKTHTTPResponse
			if part, err = x.part(); err == nil {
				require.Contains(t, []string{"one", "two"}, string(part.BodyBz))
			}
		}
	})
}
