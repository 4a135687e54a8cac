package factstest

import (
	"crypto/rand"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	sdktypes "github.com/pokt-network/shannon-sdk/types"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/pocket/ring"
)

// HTTP is a chat request as a gateway wraps it.
func HTTP(body string) *sdktypes.POKTHTTPRequest {
	return &sdktypes.POKTHTTPRequest{
		Method: "POST", Url: "http://supplier.example/v1/chat/completions", BodyBz: []byte(body),
		Header: map[string]*sdktypes.Header{"Content-Type": {Key: "Content-Type", Values: []string{"application/json"}}},
	}
}

// Request returns an unsigned request to a supplier for a session.
func (w *World) Request(header *sessiontypes.SessionHeader, supplier keys.Private, http *sdktypes.POKTHTTPRequest) *servicetypes.RelayRequest {
	w.T.Helper()
	payload, err := relay.EncodeHTTPRequest(http)
	require.NoError(w.T, err)
	meta := servicetypes.RelayRequestMetadata{SessionHeader: header, SupplierOperatorAddress: supplier.Address()}
	return &servicetypes.RelayRequest{Meta: meta, Payload: payload}
}

// Sign signs the request by one gateway in the ring of the application and that gateway.
func (w *World) Sign(req *servicetypes.RelayRequest, gateway keys.Private) *servicetypes.RelayRequest {
	w.T.Helper()
	signer, err := ring.NewSigner(nil, gateway.Secret(), []ring.PublicKey{w.App.Public(), gateway.Public()})
	require.NoError(w.T, err)
	hash, err := relay.RequestHash(req)
	require.NoError(w.T, err)
	req.Meta.Signature, err = signer.Sign(hash, rand.Reader)
	require.NoError(w.T, err)
	return req
}

// Chat is a good relay request for the running session.
func (w *World) Chat(body string) *servicetypes.RelayRequest {
	w.T.Helper()
	return w.Sign(w.Request(w.Header(w.Height()), w.Suppliers[0], HTTP(body)), w.Gateway)
}
