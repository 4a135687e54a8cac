package gateway

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sdktypes "github.com/pokt-network/shannon-sdk/types"

	"github.com/lodeworks/lode/services/pocket/relay"
)

// relay sends the request to one supplier of the service's session after another until one gives an answer whose first
// part its key signed. From there on the client sees what that supplier says, and nobody else is asked.
func (g *Gateway) relay(ctx context.Context, service string, request *sdktypes.POKTHTTPRequest) (*exchange, error) {
	tried := map[string]bool{}
	var errs []error
	for range g.cfg.Attempts {
		r, err := g.routes.route(ctx, g.cfg.Applications, service, g.height.Load())
		if err != nil {
			return nil, errors.Join(append(errs, err)...)
		}
		supplier := g.picker.pick(r.session.Suppliers, tried)
		if supplier == nil {
			errs = append(errs, errors.New("the session has no other supplier"))
			break
		}
		x, err := g.open(ctx, r, supplier, request)
		if err == nil {
			return x, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		errs = append(errs, fmt.Errorf("supplier %s: %w", supplier.OperatorAddress, err))
		tried[supplier.OperatorAddress] = true
		if err := g.refreshHeight(ctx); err != nil { // the session may have ended meanwhile
			errs = append(errs, err)
		}
	}
	return nil, errors.Join(errs...)
}

// sign makes the relay request that the application's ring answers for.
func sign(r *route, supplier, url string, request *sdktypes.POKTHTTPRequest) (*servicetypes.RelayRequest, error) {
	wrapped := &sdktypes.POKTHTTPRequest{
		Method: request.Method, Header: request.Header, BodyBz: request.BodyBz, Url: strings.TrimSuffix(url, "/") + request.Url,
	}
	payload, err := relay.EncodeHTTPRequest(wrapped)
	if err != nil {
		return nil, err
	}
	return signPayload(r, supplier, payload)
}

// signPayload makes the relay request that carries the payload.
func signPayload(r *route, supplier string, payload []byte) (*servicetypes.RelayRequest, error) {
	req := &servicetypes.RelayRequest{
		Meta:    servicetypes.RelayRequestMetadata{SessionHeader: r.session.Header, SupplierOperatorAddress: supplier},
		Payload: payload,
	}
	hash, err := relay.RequestHash(req)
	if err != nil {
		return nil, err
	}
	if req.Meta.Signature, err = r.signer.Sign(hash, rand.Reader); err != nil {
		return nil, fmt.Errorf("sign relay request: %w", err)
	}
	return req, nil
}
