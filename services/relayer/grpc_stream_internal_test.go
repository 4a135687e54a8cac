package relayer

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sdktypes "github.com/pokt-network/shannon-sdk/types"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"pgregory.net/rapid"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/relayer/upstream"
)

// method is what a gRPC backend does with a call: it is given the request's bytes and sends messages of bytes.
type method func(request []byte, stream grpc.ServerStream) error

// streamBench is a bench between the library's client and the library's server, which has every method there can be.
type streamBench struct {
	*bench
	conn    *grpc.ClientConn
	backend *httptest.Server
}

func newStreamBench(t testing.TB, m method, edit ...func(*Config)) *streamBench {
	t.Helper()
	server := grpc.NewServer(grpc.ForceServerCodec(rawCodec{}), grpc.MaxRecvMsgSize(64<<20), grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		var request raw
		if err := stream.RecvMsg(&request); err != nil {
			return err
		}
		return m(request, stream)
	}))
	backend := httptest.NewUnstartedServer(server)
	backend.Config.Protocols = protocols()
	backend.Start()
	t.Cleanup(backend.Close)
	b := newBench(t, append([]func(*Config){func(c *Config) {
		service := c.Services[factstest.Service]
		service.Pools = map[string]upstream.GroupConfig{"grpc": {Backends: map[string]upstream.EndpointConfig{"a": {URL: backend.URL}}}}
		c.Services[factstest.Service] = service
	}}, edit...)...)
	conn, err := grpc.NewClient(strings.TrimPrefix(h2c(t, b.Relayer), "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return &streamBench{b, conn, backend}
}

// asking is a relay of a gRPC call.
func (b *streamBench) asking(message string) *servicetypes.RelayRequest {
	return b.Sign(b.Request(b.Header(5), b.Suppliers[0], &sdktypes.POKTHTTPRequest{
		Method: http.MethodPost, Url: "http://supplier.example/test.Service/Method", BodyBz: framed(message),
		Header: map[string]*sdktypes.Header{"Content-Type": {Key: "Content-Type", Values: []string{"application/grpc"}}},
	}), b.Gateway)
}

// framed is messages as gRPC has them on the wire.
func framed(messages ...string) (out []byte) {
	for _, m := range messages {
		out = binary.BigEndian.AppendUint32(append(out, 0), uint32(len(m)))
		out = append(out, m...)
	}
	return out
}

// batches are a stream at the gateway, by whatever it came.
type batches struct {
	b      *streamBench
	req    *servicetypes.RelayRequest
	next   func() (*servicetypes.RelayResponse, error)
	header func() http.Header // of the backend
	leave  func()

	body []byte                     // of all
	last *sdktypes.POKTHTTPResponse // the latest
}

// byGRPC reads the stream as SendRelayStream has it.
func (b *streamBench) byGRPC(ctx context.Context, req *servicetypes.RelayRequest) *batches {
	b.t.Helper()
	ctx, leave := context.WithCancel(ctx)
	b.t.Cleanup(leave)
	stream, err := b.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, "/pocket.service.RelayService/SendRelayStream",
		grpc.ForceCodec(rawCodec{}), grpc.MaxCallRecvMsgSize(64<<20))
	require.NoError(b.t, err)
	body := raw(encoded(b.t, req))
	require.NoError(b.t, stream.SendMsg(&body))
	require.NoError(b.t, stream.CloseSend())
	return &batches{b: b, req: req, leave: leave,
		next: func() (*servicetypes.RelayResponse, error) {
			var got raw
			if err := stream.RecvMsg(&got); err != nil {
				return nil, err
			}
			return relay.DecodeResponse(got)
		},
		header: func() http.Header {
			md, err := stream.Header()
			require.NoError(b.t, err)
			h := http.Header{}
			for name, values := range md {
				if own, ok := strings.CutPrefix(name, "backend-"); ok {
					h[http.CanonicalHeaderKey(own)] = values
				}
			}
			return h
		},
	}
}

// byHTTP reads it as HTTP has it.
func (b *streamBench) byHTTP(client *http.Client, url string) func(context.Context, *servicetypes.RelayRequest) *batches {
	return func(ctx context.Context, req *servicetypes.RelayRequest) *batches {
		b.t.Helper()
		ctx, leave := context.WithCancel(ctx)
		b.t.Cleanup(leave)
		post, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(encoded(b.t, req)))
		require.NoError(b.t, err)
		post.Header.Set(streamHeader, "grpc")
		res, err := client.Do(post)
		require.NoError(b.t, err)
		b.t.Cleanup(func() { _ = res.Body.Close() })
		return &batches{b: b, req: req, leave: leave, next: relay.NewStreamReader(res.Body, 64<<20).Next, header: func() http.Header { return res.Header }}
	}
}

// overAll runs a test with all that streams of gRPC messages come by.
func overAll(t *testing.T, m func(t *testing.T) method, test func(b *streamBench, ask func(context.Context, *servicetypes.RelayRequest) *batches)) {
	for _, by := range []string{"grpc", "http1", "h2c"} {
		t.Run(by, func(t *testing.T) {
			b := newStreamBench(t, m(t))
			switch by {
			case "grpc":
				test(b, b.byGRPC)
			case "http1":
				test(b, b.byHTTP(http.DefaultClient, b.url))
			default:
				test(b, b.byHTTP(b.h2c()))
			}
		})
	}
}

// read takes one batch, checks it and returns its body.
func (r *batches) read() string {
	t := r.b.t
	t.Helper()
	res, err := r.next()
	require.NoError(t, err)
	require.Equal(t, r.req.Meta.SessionHeader, res.Meta.SessionHeader)
	require.NoError(t, relay.CheckPayload(res))
	require.NoError(t, relay.VerifyResponse(res, r.b.Suppliers[0].Public()))
	r.last, err = relay.DecodeHTTPResponse(res.Payload)
	require.NoError(t, err)
	require.Equal(t, uint32(http.StatusOK), r.last.StatusCode)
	r.body = append(r.body, r.last.BodyBz...)
	return string(r.last.BodyBz)
}

// rest reads to the end and returns how that was.
func (r *batches) rest() error {
	for {
		res, err := r.next()
		if err != nil {
			return err
		}
		got, err := relay.DecodeHTTPResponse(res.Payload)
		require.NoError(r.b.t, err)
		r.last, r.body = got, append(r.body, got.BodyBz...)
	}
}

// said are the headers of the last batch.
func (r *batches) said(name string) string {
	if h := r.last.Header[name]; h != nil {
		return strings.Join(h.Values, ",")
	}
	return ""
}

// mined is the only relay in the log: the response that the gateway can make of what it was sent.
func (r *batches) mined() *relayv1.Served {
	t := r.b.t
	t.Helper()
	require.Eventually(t, func() bool { return r.b.messages() == 1 }, patience, often)
	groups := r.b.groups()
	require.Len(t, groups[0].Relays, 1)
	served := groups[0].Relays[0]
	leaf, err := relay.DecodeLeaf(served.Relay)
	require.NoError(t, err)
	payload, err := relay.EncodeHTTPResponse(&sdktypes.POKTHTTPResponse{StatusCode: http.StatusOK, Header: r.last.Header, BodyBz: r.body})
	require.NoError(t, err)
	want, err := relay.NewResponse(r.req.Meta.SessionHeader, payload)
	require.NoError(t, err)
	require.Equal(t, want.PayloadHash, leaf.Res.PayloadHash)
	require.NoError(t, relay.VerifyResponse(leaf.Res, r.b.Suppliers[0].Public()))
	require.Equal(t, uint64(len(r.body)), served.ResponseBytes)
	return served
}

// TestGRPCStream: messages go on while the backend is still there, and its status comes behind them.
func TestGRPCStream(t *testing.T) {
	for name, end := range map[string]error{"ok": nil, "error": status.Error(codes.NotFound, "no more of them")} {
		t.Run(name, func(t *testing.T) {
			var messages chan string
			overAll(t, func(*testing.T) method {
				messages = make(chan string)
				return func(request []byte, stream grpc.ServerStream) error {
					_ = stream.SetHeader(metadata.Pairs("x-backend", "here"))
					stream.SetTrailer(metadata.Pairs("x-spent", "7"))
					for m := range messages {
						out := raw(string(request) + m)
						if err := stream.SendMsg(&out); err != nil {
							return err
						}
					}
					return end
				}
			}, func(b *streamBench, ask func(context.Context, *servicetypes.RelayRequest) *batches) {
				go func() { messages <- " one" }()
				r := ask(b.t.Context(), b.asking("say"))
				require.Equal(b.t, string(framed("say one")), r.read(), "the backend is still there")
				require.Equal(b.t, "here", r.header().Get("X-Backend"))
				require.Equal(b.t, "application/grpc", r.header().Get("Content-Type"))
				for _, m := range []string{" two", strings.Repeat("x", 3<<20), ""} {
					messages <- m
					require.Equal(b.t, string(framed("say"+m)), r.read())
				}
				close(messages)
				require.ErrorIs(b.t, r.rest(), io.EOF)
				require.Equal(b.t, "7", r.said("X-Spent"))
				want := map[string][2]string{"ok": {"0", ""}, "error": {"5", "no more of them"}}[name]
				require.Equal(b.t, want, [2]string{r.said("Grpc-Status"), r.said("Grpc-Message")})
				require.Zero(b.t, r.mined().Truncated)
			})
		})
	}
}

// TestGRPCStreamOfOne: a unary call, and one that has no messages at all, are streams of one batch, mined as it was sent.
func TestGRPCStreamOfOne(t *testing.T) {
	for name, m := range map[string]method{
		"one":  func(request []byte, stream grpc.ServerStream) error { return stream.SendMsg((*raw)(&request)) },
		"none": func([]byte, grpc.ServerStream) error { return status.Error(codes.PermissionDenied, "not you") },
	} {
		t.Run(name, func(t *testing.T) {
			overAll(t, func(*testing.T) method { return m }, func(b *streamBench, ask func(context.Context, *servicetypes.RelayRequest) *batches) {
				r := ask(b.t.Context(), b.asking("say"))
				require.ErrorIs(b.t, r.rest(), io.EOF)
				want := map[string][2]string{"one": {"0", string(framed("say"))}, "none": {"7", ""}}[name]
				require.Equal(b.t, want, [2]string{r.said("Grpc-Status"), string(r.body)})
				r.mined()
			})
		})
	}
}

// TestGRPCStreamIsWholeForOthers: who does not say that it takes streams of gRPC has the answer whole.
func TestGRPCStreamIsWholeForOthers(t *testing.T) {
	b := newStreamBench(t, func(_ []byte, stream grpc.ServerStream) error {
		for _, m := range []string{"one", "two"} {
			out := raw(m)
			if err := stream.SendMsg(&out); err != nil {
				return err
			}
		}
		return nil
	})
	whole := func(req *servicetypes.RelayRequest, got httpReply) {
		answer, err := relay.DecodeHTTPResponse(b.served(req, got).Payload)
		require.NoError(t, err)
		require.Equal(t, framed("one", "two"), answer.BodyBz)
		require.Equal(t, []string{"0"}, answer.Header["Grpc-Status"].Values)
	}
	req := b.asking("say")
	whole(req, b.send(req))
	req = b.asking("say")
	got, err := call(t, b.conn, encoded(t, req))
	require.NoError(t, err)
	whole(req, httpReply{status: 200, body: got})
	require.Len(t, b.leaves(), 2)
}

// TestGRPCStreamLeft: a client that goes, and one whose deadline passes: the backend is told, and what was delivered is
// mined.
func TestGRPCStreamLeft(t *testing.T) {
	for _, how := range []string{"cancel", "deadline"} {
		t.Run(how, func(t *testing.T) {
			var ended chan struct{}
			overAll(t, func(*testing.T) method {
				done := make(chan struct{})
				ended = done
				return func(request []byte, stream grpc.ServerStream) error {
					defer close(done)
					if err := stream.SendMsg((*raw)(&request)); err != nil {
						return err
					}
					<-stream.Context().Done()
					return nil
				}
			}, func(b *streamBench, ask func(context.Context, *servicetypes.RelayRequest) *batches) {
				ctx := b.t.Context()
				if how == "deadline" {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, 2*time.Second)
					defer cancel()
				}
				r := ask(ctx, b.asking("say"))
				require.Equal(b.t, string(framed("say")), r.read())
				if how == "cancel" {
					r.leave()
				}
				<-ended
				require.Equal(b.t, relayv1.Truncated_TRUNCATED_CLIENT, r.mined().Truncated)
			})
		})
	}
}

// TestGRPCStreamBroken: of a backend that breaks off, what was delivered is mined, and the client sees that it is not whole.
func TestGRPCStreamBroken(t *testing.T) {
	overAll(t, func(*testing.T) method {
		return func(request []byte, stream grpc.ServerStream) error {
			if err := stream.SendMsg((*raw)(&request)); err != nil {
				return err
			}
			<-stream.Context().Done()
			return nil
		}
	}, func(b *streamBench, ask func(context.Context, *servicetypes.RelayRequest) *batches) {
		r := ask(b.t.Context(), b.asking("say"))
		require.Equal(b.t, string(framed("say")), r.read())
		b.backend.CloseClientConnections()
		err := r.rest()
		require.Error(b.t, err)
		require.NotErrorIs(b.t, err, io.EOF)
		if got, ok := status.FromError(err); ok {
			require.Equal(b.t, codes.Aborted, got.Code(), "%v", err)
		}
		require.Empty(b.t, r.last.Header)
		require.Equal(b.t, relayv1.Truncated_TRUNCATED_BACKEND, r.mined().Truncated)
	})
}

// TestGRPCStreamOfOthers: by the method come the answers of all backends: events in batches, a document whole.
func TestGRPCStreamOfOthers(t *testing.T) {
	b := newStreamBench(t, nil)
	said := make(chan struct{})
	b.answerWith(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("X-Odd", "\u00e4") // has no place in metadata
		w.Header().Set("Content-Type", eventStream)
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, event("one"))
		_ = http.NewResponseController(w).Flush()
		<-said
	})
	req := b.Chat(`{"model":"m","stream":true}`)
	r := b.byGRPC(t.Context(), req)
	res, err := r.next()
	require.NoError(t, err)
	got, err := relay.DecodeHTTPResponse(res.Payload)
	require.NoError(t, err)
	require.Equal(t, event("one"), string(got.BodyBz))
	require.Equal(t, []string{"202", eventStream}, []string{r.header().Get("Status"), r.header().Get("Content-Type")})
	close(said)
	require.ErrorIs(t, r.rest(), io.EOF)
	require.Equal(t, uint64(1), b.messages())

	b.answerWith(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, answered)
	})
	r = b.byGRPC(t.Context(), b.Chat("{}"))
	require.JSONEq(t, answered, r.read())
	_, err = r.next()
	require.ErrorIs(t, err, io.EOF)
	require.Len(t, b.leaves(), 2)
}

// TestGRPCStreamStatus: the method has SendRelay's checks and statuses.
func TestGRPCStreamStatus(t *testing.T) {
	b := newStreamBench(t, func(request []byte, stream grpc.ServerStream) error { return stream.SendMsg((*raw)(&request)) },
		func(c *Config) { c.MaxBody = fits })
	good := b.asking("say")
	require.ErrorIs(t, b.byGRPC(t.Context(), good).rest(), io.EOF)
	tampered := b.asking("say")
	tampered.Payload = b.asking("tampered").Payload
	other := b.asking("say")
	other.Meta.SessionHeader.ServiceId = "other"
	for want, req := range map[codes.Code]*servicetypes.RelayRequest{
		codes.AlreadyExists: good, codes.PermissionDenied: tampered, codes.NotFound: other, codes.ResourceExhausted: b.asking(strings.Repeat("x", fits)),
	} {
		err := b.byGRPC(t.Context(), req).rest()
		require.Equal(t, want, status.Code(err), "%v", err)
	}
	b.backend.Close() // nothing was delivered: an answer, signed and free
	r := b.byGRPC(t.Context(), b.asking("say"))
	res, err := r.next()
	require.NoError(t, err)
	require.NoError(t, relay.VerifyResponse(res, b.Suppliers[0].Public()))
	require.NotNil(t, res.RelayMinerError)
	require.Len(t, b.leaves(), 1)
}

// TestPauses: a reply over HTTP/2 lives on when nothing is written for longer than one write may take.
func TestPauses(t *testing.T) {
	const each = 20 * time.Millisecond
	url := h2c(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		out := timed{w, each}
		for range 2 {
			_, _ = io.WriteString(out, "part")
			out.Flush()
			<-time.After(3 * each)
		}
	}))
	only := new(http.Protocols)
	only.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: only}}
	res, err := client.Get(url)
	require.NoError(t, err)
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, "partpart", string(got))
	client.CloseIdleConnections()
}

// TestBatchesOfMessages: whatever a stream of messages is cut into, its batches are whole messages, and nothing is lost.
func TestBatchesOfMessages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stream []byte
		ends := map[int]bool{}
		for range rapid.IntRange(0, 300).Draw(t, "messages") {
			stream = append(stream, framed(strings.Repeat("x", rapid.IntRange(0, 3000).Draw(t, "size")))...)
			ends[len(stream)] = true
		}
		b, at := batcher{grpc: true}, 0
		for left := stream; len(left) > 0; {
			n := min(len(left), rapid.IntRange(1, 20_000).Draw(t, "piece"))
			b.add(left[:n])
			left = left[n:]
			for batch := b.full(); batch != nil; batch = b.full() {
				require.Equal(t, stream[at:at+len(batch)], batch)
				at += len(batch)
				require.True(t, ends[at])
			}
		}
		if b.pending() {
			at += len(b.flush())
		}
		require.Equal(t, len(stream), at)
	})
}

// FuzzMessages: no stream makes a panic, or a batch of what is not there.
func FuzzMessages(f *testing.F) {
	f.Add(framed("a", ""))
	f.Add([]byte("\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		b, got := batcher{grpc: true}, 0
		b.add(stream)
		for batch := b.full(); batch != nil; batch = b.full() {
			got += len(batch)
		}
		got += len(b.flush())
		require.LessOrEqual(t, got, len(stream))
	})
}
