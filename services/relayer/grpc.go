package relayer

import (
	"context"
	"fmt"
	"net/http"
	"strings"
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
	media := r.Header.Get("Content-Type")
	return r.ProtoMajor == 2 && (media == "application/grpc" || strings.HasPrefix(media, "application/grpc+") || strings.HasPrefix(media, "application/grpc;"))
}

// setupKey is where the context of a gRPC call holds its setup.
type setupKey struct{}

// serveGRPC answers a relay that comes as a gRPC call (relay.md §11).
func (s *setup) serveGRPC(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetReadDeadline(s.bodyDue(time.Now(), int(s.largestBody))) // not possible on some test connections
	s.grpc.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), setupKey{}, s)))
}

// grpcServer has one method, pocket.service.RelayService/SendRelay, which no .proto of the chain declares. Messages
// stay bytes: relays are hashed as they came.
func (s *Relayer) grpcServer() *grpc.Server {
	srv := grpc.NewServer(grpc.ForceServerCodec(rawCodec{}), grpc.MaxRecvMsgSize(int(s.bus.NC.MaxPayload())))
	srv.RegisterService(&grpc.ServiceDesc{
		ServiceName: "pocket.service.RelayService",
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "SendRelay", Handler: sendRelay}},
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
	s := ctx.Value(setupKey{}).(*setup)
	var body raw
	if err := decode(&body); err != nil {
		return nil, err
	}
	if int64(len(body)) > s.largestBody {
		s.metrics.refused.WithLabelValues("body_limit").Inc()
		return nil, status.Error(codes.ResourceExhausted, tooLarge(s.largestBody).Error())
	}
	res, header, err := s.serve(ctx, body, hop{rpc: rpcIn(ctx)})
	if err == nil && statusOf(res.Payload) >= http.StatusInternalServerError {
		err = refuse(http.StatusServiceUnavailable, relay.Internal, "backend_status", fmt.Errorf("the backend of service %s answered with status %d", header.ServiceId, statusOf(res.Payload)))
	} else if err != nil {
		s.metrics.refused.WithLabelValues(asRefusal(err).cause).Inc()
	}
	if err != nil {
		res, err = s.grpcRefusal(ctx, body, err)
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
