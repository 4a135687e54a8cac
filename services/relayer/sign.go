package relayer

import (
	"context"
	"net/http"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"

	"github.com/lodeworks/lode/services/pocket/relay"
)

// sign wraps the backend's answer into the response that the gateway gets, signed by the supplier (check 17).
func sign(ctx context.Context, a admitted, ans *answer) (*servicetypes.RelayResponse, error) {
	payload, err := ans.envelope()
	if err != nil {
		return nil, refuse(http.StatusInternalServerError, relay.Internal, "sign", err)
	}
	return signPayload(ctx, a, payload)
}

// signPayload makes the signed response that carries the payload.
func signPayload(ctx context.Context, a admitted, payload []byte) (*servicetypes.RelayResponse, error) {
	fail := func(err error) error {
		return refuse(http.StatusInternalServerError, relay.Internal, "sign", err)
	}
	res, err := relay.NewResponse(a.request.Meta.SessionHeader, payload)
	if err != nil {
		return nil, fail(err)
	}
	if err := relay.SignResponseBy(ctx, res, a.key); err != nil {
		return nil, fail(err)
	}
	return res, nil
}
