package relayer

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	sdktypes "github.com/pokt-network/shannon-sdk/types"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/trace"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/relayer/llm"
	"github.com/lodeworks/lode/services/relayer/upstream"
)

// answer is what a backend said, uncompressed.
type answer struct {
	status int
	header http.Header
	body   []byte
	began  time.Time     // when the backend was called
	took   time.Duration // until all was here
	usage  llm.Usage
	// backend is the name of who said it.
	backend string
	// truncated is why the answer ended early.
	truncated relayv1.Truncated
}

// forward calls the backend (checks 15 and 16) and returns its open answer.
func forward(ctx context.Context, a admitted, rpc upstream.RPC) (*upstream.Response, error) {
	meta := a.request.Meta
	call := &upstream.Call{
		Method: a.http.Method, URL: a.http.Url, Header: make(http.Header, len(a.http.Header)), Body: a.http.BodyBz,
		RPC: poolOf(a, rpc), SessionID: meta.SessionHeader.SessionId,
		Own: http.Header{
			"Pocket-Supplier":    {meta.SupplierOperatorAddress},
			"Pocket-Service":     {meta.SessionHeader.ServiceId},
			"Pocket-Application": {meta.SessionHeader.ApplicationAddress},
		},
	}
	for _, h := range a.http.Header {
		call.Header[h.Key] = h.Values
	}
	trace.Send(ctx, call.Own)
	res, err := a.service.Do(ctx, call)
	if err != nil {
		return nil, backendRefusal(err)
	}
	return res, nil
}

// poolOf is the RPC type by which a relay is routed: what asks for a stream goes to the backends for streams, if the
// service has such.
func poolOf(a admitted, rpc upstream.RPC) upstream.RPC {
	if rpc == "" && a.service.Own(upstream.GRPC) && strings.HasPrefix(contentTypeOf(a.http), "application/grpc") {
		return upstream.GRPC
	}
	if rpc == upstream.GRPC || rpc == upstream.WebSocket || !a.service.Own(upstream.Stream) {
		return rpc
	}
	for _, h := range a.http.Header {
		if http.CanonicalHeaderKey(h.Key) == "Accept" && slices.ContainsFunc(h.Values, isStreamType) {
			return upstream.Stream
		}
	}
	if llm.ReadRequest(a.http.BodyBz).Stream {
		return upstream.Stream
	}
	return rpc
}

// contentTypeOf is that of the request inside a relay.
func contentTypeOf(r *sdktypes.POKTHTTPRequest) string {
	for _, h := range r.Header {
		if http.CanonicalHeaderKey(h.Key) == "Content-Type" && len(h.Values) > 0 {
			return h.Values[0]
		}
	}
	return ""
}

// readAnswer takes the whole of a backend's answer.
func readAnswer(res *upstream.Response) (*answer, error) {
	body, err := res.ReadAll()
	if err != nil {
		return nil, backendRefusal(err)
	}
	for name, values := range res.Trailer() { // a gRPC backend says there how the call went
		res.Header[name] = values
	}
	return &answer{status: res.Status, header: res.Header, body: body, began: res.Began, took: time.Since(res.Began), backend: res.Endpoint}, nil
}

// backendRefusal is what the gateway is told of a call that failed.
func backendRefusal(err error) error {
	switch {
	case errors.Is(err, upstream.ErrRequest):
		return refuse(http.StatusBadRequest, relay.Internal, "backend_request", err)
	case errors.Is(err, upstream.ErrDown):
		return refuse(http.StatusServiceUnavailable, relay.Internal, "backend_down", err)
	case errors.Is(err, upstream.ErrTimeout):
		return refuse(http.StatusBadGateway, relay.Timeout, "backend_timeout", err)
	case errors.Is(err, upstream.ErrTooLarge):
		return refuse(http.StatusBadGateway, relay.ResponseTooLarge, "backend_limit", err)
	case errors.Is(err, context.Canceled):
		return refuse(http.StatusBadGateway, relay.Internal, "client_gone", err)
	default:
		return refuse(http.StatusBadGateway, relay.Internal, "backend", err)
	}
}

// envelope wraps the answer as the payload that is signed.
func (a *answer) envelope() ([]byte, error) {
	header := make(map[string]*sdktypes.Header, len(a.header))
	for name, values := range a.header {
		header[name] = &sdktypes.Header{Key: name, Values: values}
	}
	return relay.EncodeHTTPResponse(&sdktypes.POKTHTTPResponse{StatusCode: uint32(a.status), Header: header, BodyBz: a.body})
}
