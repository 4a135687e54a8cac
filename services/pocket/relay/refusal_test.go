package relay

import (
	"errors"
	"fmt"
	"testing"

	sdkerrors "cosmossdk.io/errors"
	"github.com/pokt-network/poktroll/pkg/crypto/rings"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	"github.com/stretchr/testify/require"
)

// TestRefusalsAreTheRegisteredErrors compares those refusals whose registration
// can be imported.
func TestRefusalsAreTheRegisteredErrors(t *testing.T) {
	for refusal, want := range map[Refusal]*sdkerrors.Error{
		RingNotSecp256k1:      rings.ErrRingsNotSecp256k1Curve,
		RingInvalidRequest:    rings.ErrRingClientInvalidRelayRequest,
		RingInvalidSignature:  rings.ErrRingClientInvalidRelayRequestSignature,
		InvalidResponse:       servicetypes.ErrServiceInvalidRelayResponse,
		InvalidRequest:        servicetypes.ErrServiceInvalidRelayRequest,
		InvalidAppAddress:     sessiontypes.ErrSessionInvalidAppAddress,
		InvalidSessionHeights: sessiontypes.ErrSessionInvalidBlockHeight,
		InvalidSessionID:      sessiontypes.ErrSessionInvalidSessionId,
	} {
		require.Equal(t, Refusal{want.Codespace(), want.ABCICode(), want.Error()}, refusal)
	}
}

func TestErrorResponse(t *testing.T) {
	h := testHeader(t)
	res := RateLimited.Response(h, "too many: offchain rate limit hit by relayer proxy")
	require.Equal(t, h, res.Meta.SessionHeader)
	require.Equal(t, &servicetypes.RelayMinerError{
		Codespace: "relayer_proxy", Code: 7,
		Description: "offchain rate limit hit by relayer proxy",
		Message:     "too many: offchain rate limit hit by relayer proxy",
	}, res.RelayMinerError)
	require.Equal(t, res.RelayMinerError.Message, string(res.Payload))
	require.Nil(t, res.PayloadHash)
	require.ErrorIs(t, CheckResponse(res), ErrResponse, "it is not signed")

	b, err := Undecodable.Response(nil, "m").Marshal()
	require.NoError(t, err)
	back, err := DecodeResponse(b)
	require.NoError(t, err)
	require.Equal(t, &sessiontypes.SessionHeader{}, back.Meta.SessionHeader)
}

func TestRefusalIsFoundInAnError(t *testing.T) {
	err := fmt.Errorf("service %q: %w", "x", ServiceNotHandled)
	var r Refusal
	require.True(t, errors.As(err, &r))
	require.Equal(t, ServiceNotHandled, r)
	require.NotErrorIs(t, err, Internal)
}
