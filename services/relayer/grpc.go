package relayer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"

	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/relayer/upstream"
)

// isGRPC tells whether a request is a gRPC call; gRPC-Web is not offered.
func isGRPC(r *http.Request) bool {
	return r.ProtoMajor == 2 && isGRPCType(r.Header.Get("Content-Type"))
}

// setupKey is where the context of a gRPC call holds its setup.
type setupKey struct{}

// serveGRPC answers a relay that comes as a gRPC call (relay.md §11).
func (s *setup) serveGRPC(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetReadDeadline(s.bodyDue(time.Now(), int(s.largestBody))) // not possible on some test connections
	s.grpc.ServeHTTP(timed{w, writeTime}, r.WithContext(context.WithValue(r.Context(), setupKey{}, s)))
}

func setupIn(ctx context.Context) *setup { return ctx.Value(setupKey{}).(*setup) }

// grpcServer has pocket.service.RelayService/SendRelay, which no .proto of the chain declares, and beside it our own
// SendRelayStream. Messages stay bytes: relays are hashed as they came.
func (s *Relayer) grpcServer() *grpc.Server {
	srv := grpc.NewServer(grpc.ForceServerCodec(rawCodec{}), grpc.MaxRecvMsgSize(int(s.bus.NC.MaxPayload())))
	srv.RegisterService(&grpc.ServiceDesc{
		ServiceName: "pocket.service.RelayService",
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "SendRelay", Handler: sendRelay}},
		Streams:     []grpc.StreamDesc{{StreamName: "SendRelayStream", Handler: sendRelayStream, ServerStreams: true}},
	}, nil)
	return srv
}

// raw is a message as it is on the wire.
type raw []byte

// rawCodec leaves messages as they are.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) ([]byte, error) {
	if m, ok := v.(*raw); ok {
		return *m, nil
	}
	return nil, fmt.Errorf("cannot encode a %T", v)
}

func (rawCodec) Unmarshal(data []byte, v any) error {
	m, ok := v.(*raw)
	if !ok {
		return fmt.Errorf("cannot decode a %T", v)
	}
	*m = append(raw(nil), data...) // relays keep their bytes, the library does not
	return nil
}

// sendRelay is the method, in the form that the library's table of methods takes.
//
//nolint:revive // the library says where the context is
func sendRelay(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	var body raw
	if err := decode(&body); err != nil {
		return nil, err
	}
	return setupIn(ctx).answerGRPC(ctx, body, hop{rpc: rpcIn(ctx), gateway: gatewayIn(ctx)})
}

// answerGRPC answers a relay, or is a status. There is neither when a stream was sent.
func (s *setup) answerGRPC(ctx context.Context, body []byte, via hop) (any, error) {
	if !s.under.TryRLock() { // a call can outlive its request
		return nil, status.Error(codes.Unavailable, errEnding().Error())
	}
	defer s.under.RUnlock()
	if int64(len(body)) > s.largestBody {
		why := asRefusal(tooLarge(s.largestBody))
		s.countRefused(admitted{}, why)
		return nil, status.Error(codes.ResourceExhausted, why.Error())
	}
	res, a, err := s.serve(ctx, body, via)
	switch {
	case errors.Is(err, errCut):
		return nil, status.Error(codes.Aborted, errCut.Error())
	case err == nil && res == nil:
		return nil, nil
	case err != nil:
		s.countRefused(a, asRefusal(err))
		res, err = s.grpcRefusal(ctx, body, err)
	case statusOf(res.Payload) >= http.StatusInternalServerError:
		return nil, status.Errorf(codes.Unavailable, "the backend of service %s answered with status %d", a.header().ServiceId, statusOf(res.Payload))
	}
	if err != nil {
		return nil, err
	}
	out, err := res.Marshal()
	return (*raw)(&out), err
}

// rpcIn is the RPC type that the call's metadata names.
func rpcIn(ctx context.Context) upstream.RPC {
	if values := metadata.ValueFromIncomingContext(ctx, "rpc-type"); len(values) > 0 {
		return upstream.ParseRPC(values[0])
	}
	return ""
}

// statusOf reads the status of an encoded POKTHTTPResponse: its first field.
func statusOf(payload []byte) uint64 {
	number, kind, n := protowire.ConsumeTag(payload)
	if n < 0 || number != 1 || kind != protowire.VarintType {
		return 0
	}
	code, n := protowire.ConsumeVarint(payload[n:])
	if n < 0 {
		return 0
	}
	return code
}

// grpcRefusal is what a call is told. A backend that could not be talked to is an answer, signed and free; all else is
// a status.
func (s *setup) grpcRefusal(ctx context.Context, body []byte, err error) (*servicetypes.RelayResponse, error) {
	why := asRefusal(err)
	if why.status == http.StatusBadGateway {
		if res, err := s.signedFailure(ctx, body, why); err == nil {
			return res, nil
		}
	}
	return nil, status.Error(grpcCode(why), why.err.Error())
}

// signedFailure signs what went wrong for a request that was found good.
func (s *setup) signedFailure(ctx context.Context, body []byte, why *refusal) (*servicetypes.RelayResponse, error) {
	a, err := s.admit(body)
	if err != nil {
		return nil, err
	}
	res, err := signedError(a, http.StatusInternalServerError, why.reg, why.err.Error())
	if err != nil {
		return nil, err
	}
	return res, relay.SignResponseBy(context.WithoutCancel(ctx), res, a.key)
}

// grpcCode maps a refusal as the peers do.
func grpcCode(why *refusal) codes.Code {
	switch {
	case why.cause == "unknown_supplier":
		return codes.FailedPrecondition
	case why.status == http.StatusBadRequest:
		return codes.InvalidArgument
	case why.status == http.StatusForbidden:
		return codes.PermissionDenied
	case why.status == http.StatusNotFound:
		return codes.NotFound
	case why.status == http.StatusConflict:
		return codes.AlreadyExists
	case why.status == http.StatusTooManyRequests, why.status == http.StatusRequestEntityTooLarge:
		return codes.ResourceExhausted
	case why.status == http.StatusServiceUnavailable, why.status == http.StatusBadGateway:
		return codes.Unavailable
	case why.status < http.StatusInternalServerError:
		return codes.InvalidArgument
	default:
		return codes.Internal
	}
}
