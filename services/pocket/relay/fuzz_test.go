package relay

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzDecodeRequest decodes any bytes. What decodes has one encoding, which is
// a fixed point, and can be checked and hashed.
func FuzzDecodeRequest(f *testing.F) {
	b, err := testRequest(f).Marshal()
	require.NoError(f, err)
	f.Add(b)
	f.Add([]byte{0x0a, 0x00, 0x12, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		req, err := DecodeRequest(b)
		if err != nil {
			require.ErrorIs(t, err, ErrDecode)
			return
		}
		once, err := req.Marshal()
		require.NoError(t, err)
		back, err := DecodeRequest(once)
		require.NoError(t, err)
		twice, err := back.Marshal()
		require.NoError(t, err)
		require.Equal(t, once, twice)
		require.Equal(t, req.ValidateBasic() == nil, CheckRequest(req) == nil)
		want, err := req.GetSignableBytesHash()
		require.NoError(t, err)
		got, err := RequestHash(req)
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

// FuzzCanonicalRequest compares the scanner with decoding and encoding again.
func FuzzCanonicalRequest(f *testing.F) {
	b, err := testRequest(f).Marshal()
	require.NoError(f, err)
	f.Add(b)
	f.Add(append([]byte{}, append(b, 0x1a, 0x00)...))
	for _, u := range unknowns {
		f.Add([]byte("\x0a\x00" + u))
	}
	res := testResponse(f)
	f.Fuzz(func(t *testing.T, b []byte) { requireCanonical(t, b, res) })
}

// FuzzDecodeResponse decodes any bytes and compares with the chain's methods.
func FuzzDecodeResponse(f *testing.F) {
	b, err := testResponse(f).Marshal()
	require.NoError(f, err)
	f.Add(b)
	f.Add(append(b, 0x22, 0x00)) // a payload hash that is present and empty
	f.Fuzz(func(t *testing.T, b []byte) {
		res, err := DecodeResponse(b)
		if err != nil {
			require.ErrorIs(t, err, ErrDecode)
			return
		}
		require.Equal(t, res.ValidateBasic() == nil, CheckResponse(res) == nil)
		want, err := res.GetSignableBytesHash()
		require.NoError(t, err)
		got, err := ResponseHash(res)
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

// FuzzDecodeLeaf decodes any bytes; what decodes and is signed makes a leaf.
func FuzzDecodeLeaf(f *testing.F) {
	b, _, err := Leaf(testRequest(f), testResponse(f))
	require.NoError(f, err)
	f.Add(b)
	f.Add([]byte{0x0a, 0x00, 0x12, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		leaf, err := DecodeLeaf(b)
		if err != nil {
			require.ErrorIs(t, err, ErrDecode)
			return
		}
		if _, _, err := Leaf(leaf.Req, leaf.Res); err != nil {
			require.ErrorIs(t, err, ErrUnprovable)
		}
	})
}

// FuzzDecodeHTTP decodes any bytes as both envelopes; what decodes can be
// encoded.
func FuzzDecodeHTTP(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x0a\x04POST\x12\x0a\x0a\x01A\x12\x05\x0a\x01A\x12\x00\x1a\x01/"))
	f.Add([]byte("\x08\xc8\x01\x12\x03\x0a\x01A\x1a\x02{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if req, err := DecodeHTTPRequest(b); err == nil {
			require.LessOrEqual(t, len(req.Header), MaxHeaders)
			_, err = EncodeHTTPRequest(req)
			require.NoError(t, err)
		}
		if res, err := DecodeHTTPResponse(b); err == nil {
			require.LessOrEqual(t, len(res.Header), MaxHeaders)
			_, err = EncodeHTTPResponse(res)
			require.NoError(t, err)
		}
	})
}
