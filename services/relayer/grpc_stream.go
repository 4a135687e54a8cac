package relayer

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/lodeworks/lode/services/relayer/upstream"
)

// isGRPCType tells whether a body is gRPC messages; those of gRPC-Web are others.
func isGRPCType(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/grpc" || strings.HasPrefix(media, "application/grpc+"))
}

// sendRelayStream is the method for answers that come as streams: one relay request, and each signed batch is a message.
// An answer that is no stream is one message, as SendRelay has it. It ends with OK when the last batch was sent, and with
// Aborted when the stream broke off. It is our extension: no peer has it.
func sendRelayStream(_ any, stream grpc.ServerStream) error {
	var body raw
	if err := stream.RecvMsg(&body); err != nil {
		return err
	}
	ctx := stream.Context()
	out, err := setupIn(ctx).answerGRPC(ctx, body, hop{rpc: rpcIn(ctx), out: grpcSink{stream}, grpc: true, gateway: gatewayIn(ctx)})
	if err != nil || out == nil {
		return err
	}
	return stream.SendMsg(out)
}

// grpcSink sends each batch as a message. What a backend says before its body is in the call's header: backend-status, and
// each of its headers behind backend-.
type grpcSink struct{ grpc.ServerStream }

func (g grpcSink) begin(status int, header http.Header) {
	md := metadata.Pairs("backend-status", strconv.Itoa(status))
	for name, values := range header {
		if !strings.ContainsFunc(name, notInName) && !slices.ContainsFunc(values, unprintable) {
			md.Append("backend-"+name, values...)
		}
	}
	_ = g.SetHeader(md) // goes with the first message
}

// notInName and unprintable are what gRPC has no place for in metadata; one such would cost all the others.
func notInName(r rune) bool {
	return r != '-' && r != '_' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

func unprintable(value string) bool {
	return strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' })
}

func (g grpcSink) send(batch []byte) error { return g.SendMsg((*raw)(&batch)) }

// trailersOf is what a gRPC backend says behind its messages, or instead of them, of how the call went.
func trailersOf(res *upstream.Response) http.Header {
	all := http.Header{}
	for _, name := range []string{"Grpc-Status", "Grpc-Message", "Grpc-Status-Details-Bin"} {
		if values := res.Header[name]; len(values) > 0 {
			all[name] = values
		}
	}
	for name, values := range res.Trailer() {
		if len(values) > 0 { // else it was announced only
			all[name] = values
		}
	}
	return all
}
