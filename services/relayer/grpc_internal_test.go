package relayer

import (
	"context"
	"encoding/binary"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sdktypes "github.com/pokt-network/shannon-sdk/types"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/relayer/upstream"
)

// h2c serves HTTP/2 without TLS.
func h2c(t testing.TB, h http.Handler) string {
	srv := httptest.NewUnstartedServer(h)
	srv.Config.Protocols = protocols()
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.URL
}

// grpcBench has a gRPC backend: the library's own health service.
func grpcBench(t testing.TB, edit ...func(*Config)) (*bench, *grpc.ClientConn) {
	t.Helper()
	backend := grpc.NewServer()
	h := health.NewServer()
	h.SetServingStatus("model", healthpb.HealthCheckResponse_SERVING)
	healthpb.RegisterHealthServer(backend, h)
	url := h2c(t, backend)
	b := newBench(t, append([]func(*Config){func(c *Config) {
		service := c.Services[factstest.Service]
		service.Pools = map[string]upstream.GroupConfig{"grpc": {Backends: map[string]upstream.EndpointConfig{"a": {URL: url}}}}
		c.Services[factstest.Service] = service
	}}, edit...)...)
	conn, err := grpc.NewClient(strings.TrimPrefix(h2c(t, b.Relayer), "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return b, conn
}

// call sends a relay by the library's client.
func call(t testing.TB, conn *grpc.ClientConn, body []byte, md ...string) ([]byte, error) {
	t.Helper()
	in, out := raw(body), raw(nil)
	ctx := metadata.AppendToOutgoingContext(t.Context(), md...)
	err := conn.Invoke(ctx, "/pocket.service.RelayService/SendRelay", &in, &out, grpc.ForceCodec(rawCodec{}))
	return out, err
}

// inside is a gRPC call of the backend, wrapped.
func (b *bench) inside(method string, message proto.Message) *servicetypes.RelayRequest {
	encoded, err := proto.Marshal(message)
	require.NoError(b.t, err)
	frame := append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(encoded))), encoded...)
	return b.Sign(b.Request(b.Header(5), b.Suppliers[0], &sdktypes.POKTHTTPRequest{
		Method: http.MethodPost, Url: "http://supplier.example" + method, BodyBz: frame,
		Header: map[string]*sdktypes.Header{"Content-Type": {Key: "Content-Type", Values: []string{"application/grpc"}}},
	}), b.Gateway)
}

// TestGRPC: a relay by gRPC, to a gRPC backend by prior knowledge, with its status.
func TestGRPC(t *testing.T) {
	b, conn := grpcBench(t)
	for i, c := range []struct{ service, status string }{{"model", "0"}, {"none", "5"}} {
		req := b.inside("/grpc.health.v1.Health/Check", &healthpb.HealthCheckRequest{Service: c.service})
		got, err := call(t, conn, encoded(t, req))
		require.NoError(t, err)
		res := b.served(req, httpReply{status: 200, body: got})
		answer, err := relay.DecodeHTTPResponse(res.Payload)
		require.NoError(t, err)
		require.Equal(t, uint32(200), answer.StatusCode)
		require.Equal(t, []string{c.status}, answer.Header["Grpc-Status"].Values)
		require.Len(t, b.leaves(), i+1)
		if i == 0 {
			said := new(healthpb.HealthCheckResponse)
			require.NoError(t, proto.Unmarshal(answer.BodyBz[5:], said))
			require.Equal(t, healthpb.HealthCheckResponse_SERVING, said.Status)
		}
	}
	require.Zero(t, b.calls.Load(), "the HTTP backend is another")
}

// TestGRPCOfHTTP: the transport of the relay and the type of the backend are two things.
func TestGRPCOfHTTP(t *testing.T) {
	b, conn := grpcBench(t)
	req := b.Chat("{}")
	got, err := call(t, conn, encoded(t, req))
	require.NoError(t, err)
	b.served(req, httpReply{status: 200, body: got})
	req = b.inside("/grpc.health.v1.Health/Check", &healthpb.HealthCheckRequest{})
	b.served(req, b.send(req))
	require.Equal(t, int32(1), b.calls.Load())
	require.Len(t, b.leaves(), 2)
	_, err = call(t, conn, encoded(t, b.Chat("{}")), "rpc-type", "websocket")
	require.Equal(t, codes.Unavailable, status.Code(err), "no such backend: %v", err)
}

func TestGRPCStatus(t *testing.T) {
	b, conn := grpcBench(t, func(c *Config) { c.MaxBody = fits })
	tampered := b.Chat("{}")
	tampered.Payload = b.Chat("[]").Payload
	other := b.Chat("{}")
	other.Meta.SessionHeader.ServiceId = "other"
	nobody := b.Sign(b.Request(b.Header(5), factstest.Key(t, "nobody"), factstest.HTTP("{}")), b.Gateway)
	for want, body := range map[codes.Code][]byte{
		codes.InvalidArgument:    []byte("\xff"),
		codes.FailedPrecondition: encoded(t, nobody),
		codes.NotFound:           encoded(t, other),
		codes.PermissionDenied:   encoded(t, tampered),
		codes.ResourceExhausted:  make([]byte, fits+1),
	} {
		_, err := call(t, conn, body)
		require.Equal(t, want, status.Code(err), "%v", err)
	}
	b.answerWith(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusInternalServerError)
	})
	_, err := call(t, conn, encoded(t, b.Chat("{}")))
	require.Equal(t, codes.Unavailable, status.Code(err))
	b.answerWith(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	req := b.Chat("{}")
	got, err := call(t, conn, encoded(t, req))
	require.NoError(t, err)
	res, err := relay.DecodeResponse(got)
	require.NoError(t, err)
	require.NoError(t, relay.VerifyResponse(res, b.Suppliers[0].Public()))
	require.NotNil(t, res.RelayMinerError)
	require.Equal(t, uint64(500), statusOf(res.Payload))
	b.stake(0)
	b.block(11)
	_, err = call(t, conn, encoded(t, b.Chat("{}")))
	require.Equal(t, codes.ResourceExhausted, status.Code(err))
	require.Zero(t, b.messages())
	require.Equal(t, codes.Unimplemented, status.Code(conn.Invoke(context.Background(), "/pocket.service.RelayService/Other", &raw{}, &raw{}, grpc.ForceCodec(rawCodec{}))))
}

// FuzzStatusOf: no payload makes a panic.
func FuzzStatusOf(f *testing.F) {
	f.Add([]byte{0x08, 0xc8, 0x01})
	f.Add([]byte{0x08, 0xff})
	f.Fuzz(func(_ *testing.T, payload []byte) { statusOf(payload) })
}
