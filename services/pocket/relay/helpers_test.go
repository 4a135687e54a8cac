package relay

import (
	"crypto/sha256"
	"os"
	"testing"

	sdk "github.com/cosmos/cosmos-sdk/types"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lodeworks/lode/services/pocket/keys"
)

// TestMain gives the SDK the prefix that the chain's own checks expect of it.
// Our checks do not look at this global configuration.
func TestMain(m *testing.M) {
	sdk.GetConfig().SetBech32PrefixForAccount(keys.Prefix, keys.Prefix+"pub")
	os.Exit(m.Run())
}

// testKey returns a fixed key for tests only.
func testKey(t require.TestingT, name string) keys.Private {
	k, err := keys.NewPrivate(sha256.Sum256([]byte("lode relay test " + name)))
	require.NoError(t, err)
	return k
}

func testHeader(t require.TestingT) *sessiontypes.SessionHeader {
	return &sessiontypes.SessionHeader{
		ApplicationAddress:      testKey(t, "app").Address(),
		ServiceId:               "svc-llm",
		SessionId:               "0c09787c4ee19e796745a09e19069315e9eecd40968b54111bcd43b88f5a1485",
		SessionStartBlockHeight: 101,
		SessionEndBlockHeight:   110,
	}
}

func testRequest(t require.TestingT) *servicetypes.RelayRequest {
	return &servicetypes.RelayRequest{
		Meta: servicetypes.RelayRequestMetadata{
			SessionHeader:           testHeader(t),
			Signature:               make([]byte, 199),
			SupplierOperatorAddress: testKey(t, "supplier").Address(),
		},
		Payload: []byte(`{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}`),
	}
}

func testResponse(t require.TestingT) *servicetypes.RelayResponse {
	res, err := NewResponse(testHeader(t), []byte(`{"jsonrpc":"2.0","id":1,"result":"0x10"}`))
	require.NoError(t, err)
	require.NoError(t, SignResponse(res, testKey(t, "supplier")))
	return res
}

// bytesOrNil draws bytes that may be nil, empty or full.
var bytesOrNil = rapid.OneOf(rapid.Just[[]byte](nil), rapid.SliceOfN(rapid.Byte(), 0, 300))

// words draws text with good, odd and malformed values.
func words(good ...string) *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(append(good, "", " ", "a\xff", "a b", "-")), rapid.String())
}

// drawHeader draws session headers, about half of them plausible.
func drawHeader(rt *rapid.T) *sessiontypes.SessionHeader {
	h := testHeader(rt)
	if rapid.Bool().Draw(rt, "plausible") {
		return h
	}
	if rapid.IntRange(0, 9).Draw(rt, "nil header") == 0 {
		return nil
	}
	h.ApplicationAddress = words(h.ApplicationAddress, "cosmos1xy5y3m9kwjsuzttmx4w9evqulhvckqmdrqe46t").Draw(rt, "app")
	h.ServiceId = words(h.ServiceId, "svc_A-9", "0123456789012345678901234567890123456789-_", "0123456789012345678901234567890123456789-_x", "a\n").Draw(rt, "service")
	h.SessionId = words(h.SessionId).Draw(rt, "session")
	h.SessionStartBlockHeight = rapid.OneOf(rapid.Int64Range(-1, 3), rapid.Int64()).Draw(rt, "start")
	h.SessionEndBlockHeight = rapid.OneOf(rapid.Int64Range(-1, 4), rapid.Int64()).Draw(rt, "end")
	return h
}

func drawRequest(rt *rapid.T) *servicetypes.RelayRequest {
	return &servicetypes.RelayRequest{
		Meta: servicetypes.RelayRequestMetadata{
			SessionHeader:           drawHeader(rt),
			Signature:               bytesOrNil.Draw(rt, "signature"),
			SupplierOperatorAddress: words("pokt1supplier").Draw(rt, "supplier"),
		},
		Payload: bytesOrNil.Draw(rt, "payload"),
	}
}

func drawResponse(rt *rapid.T) *servicetypes.RelayResponse {
	res := &servicetypes.RelayResponse{
		Meta: servicetypes.RelayResponseMetadata{
			SessionHeader:             drawHeader(rt),
			SupplierOperatorSignature: bytesOrNil.Draw(rt, "signature"),
		},
		Payload:     bytesOrNil.Draw(rt, "payload"),
		PayloadHash: bytesOrNil.Draw(rt, "payload hash"),
	}
	if rapid.Bool().Draw(rt, "error") {
		res.RelayMinerError = &servicetypes.RelayMinerError{
			Codespace: words("rings").Draw(rt, "codespace"), Code: rapid.Uint32().Draw(rt, "code"),
			Description: words().Draw(rt, "description"), Message: words().Draw(rt, "message"),
		}
	}
	return res
}
