package relayer

import (
	"context"
	"slices"

	"google.golang.org/grpc/metadata"

	sessiontypes "github.com/pokt-network/poktroll/x/session/types"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
)

// gatewayHeader is where a gateway may say who it is, as our gateway does. It is not signed: whoever may sign for the
// application can name another one of those who may.
const gatewayHeader = "Pocket-Gateway"

// gatewayIn is what a call's metadata says of it.
func gatewayIn(ctx context.Context) string {
	if values := metadata.ValueFromIncomingContext(ctx, gatewayHeader); len(values) > 0 {
		return values[0]
	}
	return ""
}

// label puts into a relay's event who sent it and who answered it.
func (s *setup) label(served *relayv1.Served, a admitted, backend string) {
	served.Gateway, served.GatewayBy = s.gatewayOf(a.request.Meta.SessionHeader, a.gateway)
	served.Backend, served.Region = backend, s.cfg.Region
}

// gatewayOf is who signed for a session: its ring says so where it has one gateway or none, else the request, if whom it
// names is in the ring.
func (s *setup) gatewayOf(header *sessiontypes.SessionHeader, claimed string) (string, relayv1.GatewayBy) {
	gateways, known := s.facts.KeptGateways(header.ApplicationAddress, header.SessionEndBlockHeight)
	switch {
	case !known:
		return "", relayv1.GatewayBy_GATEWAY_BY_UNSPECIFIED
	case len(gateways) == 0:
		return header.ApplicationAddress, relayv1.GatewayBy_GATEWAY_BY_RING
	case len(gateways) == 1:
		return gateways[0], relayv1.GatewayBy_GATEWAY_BY_RING
	case claimed == header.ApplicationAddress || slices.Contains(gateways, claimed):
		return claimed, relayv1.GatewayBy_GATEWAY_BY_CLAIM
	default:
		return "", relayv1.GatewayBy_GATEWAY_BY_UNSPECIFIED
	}
}
