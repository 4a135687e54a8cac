package relay

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lodeworks/lode/services/pocket/keys"
)

func TestEncodingExample(t *testing.T) {
	req := &servicetypes.RelayRequest{
		Meta: servicetypes.RelayRequestMetadata{
			SessionHeader: &sessiontypes.SessionHeader{
				ApplicationAddress: "pokt1app", ServiceId: "svc", SessionId: "sid",
				SessionStartBlockHeight: 1, SessionEndBlockHeight: 10,
			},
			Signature:               []byte("any"),
			SupplierOperatorAddress: "pokt1sup",
		},
		Payload: []byte("P"),
	}
	h, err := RequestHash(req)
	require.NoError(t, err)
	require.Equal(t, "1133ad23e77943eec9287a8bdf1f77d5047b75608d81b4f7a47b7bec05d658f7", hex.EncodeToString(h[:]))
}

// TestRequestsLikeTheChain compares hash and stateless check with the chain's,
// and sees that nothing is changed.
func TestRequestsLikeTheChain(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		req := drawRequest(rt)
		before, err := req.Marshal()
		require.NoError(rt, err)
		want, err := req.GetSignableBytesHash()
		require.NoError(rt, err)
		got, err := RequestHash(req)
		require.NoError(rt, err)
		require.Equal(rt, want, got)
		require.Equal(rt, req.ValidateBasic() == nil, CheckRequest(req) == nil, "%v", req)
		after, err := req.Marshal()
		require.NoError(rt, err)
		require.Equal(rt, before, after)
	})
}

func TestResponsesLikeTheChain(t *testing.T) {
	key := testKey(t, "supplier")
	secret, pub := key.Secret(), key.Public()
	cosmos := &secp256k1.PrivKey{Key: secret[:]}
	rapid.Check(t, func(rt *rapid.T) {
		res := drawResponse(rt)
		before, err := res.Marshal()
		require.NoError(rt, err)
		want, err := res.GetSignableBytesHash()
		require.NoError(rt, err)
		got, err := ResponseHash(res)
		require.NoError(rt, err)
		require.Equal(rt, want, got)
		require.Equal(rt, res.ValidateBasic() == nil, CheckResponse(res) == nil)
		after, err := res.Marshal()
		require.NoError(rt, err)
		require.Equal(rt, before, after)

		sig, err := cosmos.Sign(want[:])
		require.NoError(rt, err)
		require.NoError(rt, SignResponse(res, key))
		require.Equal(rt, sig, res.Meta.SupplierOperatorSignature)
		require.NoError(rt, res.VerifySupplierOperatorSignature(cosmos.PubKey()))
		require.NoError(rt, VerifyResponse(res, pub))
		res.Meta.SupplierOperatorSignature[rapid.IntRange(0, 63).Draw(rt, "at")] ^= 1
		chain := res.VerifySupplierOperatorSignature(cosmos.PubKey())
		require.Equal(rt, chain == nil, VerifyResponse(res, pub) == nil)
	})
}

// TestLeafLikeTheChain makes leaves and takes them apart again: a leaf decodes
// to a relay whose both signed hashes are still those of the originals.
func TestLeafLikeTheChain(t *testing.T) {
	key := testKey(t, "supplier")
	rapid.Check(t, func(rt *rapid.T) {
		req, res := drawRequest(rt), drawResponse(rt)
		require.NoError(rt, SignResponse(res, key))
		payload := bytes.Clone(res.Payload)
		value, hash, err := Leaf(req, res)
		if res.PayloadHash == nil && len(res.Payload) > 0 {
			require.ErrorIs(rt, err, ErrUnprovable)
			return
		}
		require.NoError(rt, err)
		require.True(rt, bytes.Equal(payload, res.Payload), "payload changed")
		leaf, err := DecodeLeaf(value)
		require.NoError(rt, err)
		want, err := leaf.GetHash()
		require.NoError(rt, err)
		require.Equal(rt, want, hash)
		require.Empty(rt, leaf.Res.Payload)
		require.NoError(rt, VerifyResponse(leaf.Res, key.Public()))
		a, err := RequestHash(req)
		require.NoError(rt, err)
		b, err := RequestHash(leaf.Req)
		require.NoError(rt, err)
		require.Equal(rt, a, b)
	})
}

func TestLeafRefuses(t *testing.T) {
	req, res := testRequest(t), testResponse(t)
	unsigned := testResponse(t)
	unsigned.Meta.SupplierOperatorSignature = nil
	legacy := testResponse(t)
	legacy.PayloadHash = nil
	for name, c := range map[string]struct {
		req *servicetypes.RelayRequest
		res *servicetypes.RelayResponse
	}{"no request": {nil, res}, "no response": {req, nil}, "unsigned": {req, unsigned}, "no payload hash": {req, legacy}} {
		_, _, err := Leaf(c.req, c.res)
		require.ErrorIs(t, err, ErrUnprovable, name)
	}
}

func TestNewResponseLikeTheChain(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		payload := bytesOrNil.Draw(rt, "payload")
		want := &servicetypes.RelayResponse{Payload: payload}
		werr := want.UpdatePayloadHash()
		got, err := NewResponse(testHeader(rt), payload)
		require.Equal(rt, werr == nil, err == nil)
		if err != nil {
			require.ErrorIs(rt, err, ErrResponse)
			return
		}
		require.Equal(rt, want.PayloadHash, got.PayloadHash)
		require.NoError(rt, CheckPayload(got))
	})
}

func TestCheckPayloadRefuses(t *testing.T) {
	res := testResponse(t)
	res.Payload = append(res.Payload, ' ')
	require.NoError(t, VerifyResponse(res, testKey(t, "supplier").Public()), "the signature does not see the payload")
	require.ErrorIs(t, CheckPayload(res), ErrResponse)
	res.PayloadHash = nil
	require.ErrorIs(t, CheckPayload(res), ErrResponse)
	require.ErrorIs(t, CheckPayload(nil), ErrResponse)
}

func TestNilArguments(t *testing.T) {
	_, err := RequestHash(nil)
	require.ErrorIs(t, err, ErrRequest)
	_, err = ResponseHash(nil)
	require.ErrorIs(t, err, ErrResponse)
	require.ErrorIs(t, CheckRequest(nil), ErrRequest)
	require.ErrorIs(t, CheckResponse(nil), ErrResponse)
	require.ErrorIs(t, CheckHeader(nil), ErrHeader)
	require.ErrorIs(t, VerifyResponse(nil, [33]byte{}), ErrResponse)
	require.ErrorIs(t, SignResponse(nil, testKey(t, "supplier")), ErrResponse)
	require.ErrorIs(t, SignResponse(testResponse(t), keys.Private{}), keys.ErrKey)
}

// TestUnknownFieldsVanish shows why received bytes are hashed only if they are canonical.
func TestUnknownFieldsVanish(t *testing.T) {
	req := testRequest(t)
	b, err := req.Marshal()
	require.NoError(t, err)
	more, err := DecodeRequest(append(b, 0xfa, 0x01, 0x01, 'x')) // field 31
	require.NoError(t, err)
	require.Equal(t, req, more)
	want, err := RequestHash(req)
	require.NoError(t, err)
	got, err := RequestHash(more)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestDecodeRefusesGarbage(t *testing.T) {
	for _, b := range [][]byte{{0x0a}, {0x0a, 0xff}, []byte("garbage"), bytes.Repeat([]byte{0xff}, 20)} {
		_, err := DecodeRequest(b)
		require.ErrorIs(t, err, ErrDecode)
		_, err = DecodeResponse(b)
		require.ErrorIs(t, err, ErrDecode)
		_, err = DecodeLeaf(b)
		require.ErrorIs(t, err, ErrDecode)
	}
	_, err := DecodeLeaf(nil)
	require.ErrorIs(t, err, ErrDecode)
}

func BenchmarkSignResponse(b *testing.B) {
	res, key := testResponse(b), testKey(b, "supplier")
	b.ReportAllocs()
	for b.Loop() {
		if err := SignResponse(res, key); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyResponse(b *testing.B) {
	res, pub := testResponse(b), testKey(b, "supplier").Public()
	b.ReportAllocs()
	for b.Loop() {
		if err := VerifyResponse(res, pub); err != nil {
			b.Fatal(err)
		}
	}
}

func TestSignatureIsOfADoubleHash(t *testing.T) {
	key, res := testKey(t, "supplier"), testResponse(t)
	h, err := ResponseHash(res)
	require.NoError(t, err)
	want := key.SignDigest(sha256.Sum256(h[:]))
	require.Equal(t, want[:], res.Meta.SupplierOperatorSignature)
}
