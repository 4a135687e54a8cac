package gateway

import (
	"context"
	"errors"
	"fmt"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sdktypes "github.com/pokt-network/shannon-sdk/types"

	"github.com/lodeworks/lode/services/pocket/relay"
)

// errRefused is returned for a supplier's word that it did not serve a relay.
var errRefused = errors.New("relay refused")

// genuine checks that the supplier signed a response, and its payload, for the route's session.
func (g *Gateway) genuine(ctx context.Context, r *route, supplier string, res *servicetypes.RelayResponse) error {
	if e := res.RelayMinerError; e != nil {
		return fmt.Errorf("%w: %s %d: %s", errRefused, e.Codespace, e.Code, e.Message)
	}
	if err := relay.CheckResponse(res); err != nil {
		return err
	}
	if res.Meta.SessionHeader.SessionId != r.session.Header.SessionId {
		return errors.New("the answer is one of another session")
	}
	key, err := g.facts.PublicKey(ctx, supplier)
	if err != nil {
		return err
	}
	if err := relay.VerifyResponse(res, key); err != nil {
		return fmt.Errorf("verify supplier signature: %w", err)
	}
	return relay.CheckPayload(res)
}

// unwrap is the HTTP answer, or the part of one, in a genuine response.
func (g *Gateway) unwrap(ctx context.Context, r *route, supplier string, res *servicetypes.RelayResponse) (*sdktypes.POKTHTTPResponse, error) {
	if err := g.genuine(ctx, r, supplier, res); err != nil {
		return nil, err
	}
	answer, err := relay.DecodeHTTPResponse(res.Payload)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode < 200 || answer.StatusCode > 599 {
		return nil, fmt.Errorf("the answer has status %d, which no HTTP answer ends with", answer.StatusCode)
	}
	return answer, nil
}
