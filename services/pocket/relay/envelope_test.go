package relay

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	sdktypes "github.com/pokt-network/shannon-sdk/types"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"
)

// drawHeaders draws a header map; with odd it has bytes that are not UTF-8.
func drawHeaders(rt *rapid.T, odd bool) map[string]*sdktypes.Header {
	text := rapid.StringN(0, 20, 40)
	if odd {
		text = rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 8), func(b []byte) string { return string(b) })
	}
	h := map[string]*sdktypes.Header{}
	for _, name := range rapid.SliceOfN(text, 0, 6).Draw(rt, "names") {
		h[name] = &sdktypes.Header{Key: name, Values: rapid.SliceOfN(text, 0, 4).Draw(rt, "values")}
	}
	return h
}

// TestEnvelopesLikeTheSDK encodes text that is already clean: the bytes are the
// SDK's, and come back the same.
func TestEnvelopesLikeTheSDK(t *testing.T) {
	opts := proto.MarshalOptions{Deterministic: true}
	rapid.Check(t, func(rt *rapid.T) {
		body := rapid.SliceOf(rapid.Byte()).Draw(rt, "body")
		req := &sdktypes.POKTHTTPRequest{
			Method: rapid.StringN(0, 8, 64).Draw(rt, "method"), Header: drawHeaders(rt, false),
			Url: rapid.String().Draw(rt, "url"), BodyBz: body,
		}
		want, err := opts.Marshal(req)
		require.NoError(rt, err)
		got, err := EncodeHTTPRequest(req)
		require.NoError(rt, err)
		require.Equal(rt, want, got)
		sdk, err := sdktypes.DeserializeHTTPRequest(got)
		require.NoError(rt, err)
		ours, err := DecodeHTTPRequest(got)
		require.NoError(rt, err)
		require.True(rt, proto.Equal(sdk, ours))

		res := &sdktypes.POKTHTTPResponse{StatusCode: rapid.Uint32().Draw(rt, "status"), Header: req.Header, BodyBz: body}
		want, err = opts.Marshal(res)
		require.NoError(rt, err)
		got, err = EncodeHTTPResponse(res)
		require.NoError(rt, err)
		require.Equal(rt, want, got)
		back, err := DecodeHTTPResponse(got)
		require.NoError(rt, err)
		require.True(rt, proto.Equal(res, back))
		require.NotNil(rt, back.Header)
	})
}

// TestHeadersAreSanitised encodes bytes that are not UTF-8: it works, always
// gives the same bytes, and leaves the argument as it was.
func TestHeadersAreSanitised(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		res := &sdktypes.POKTHTTPResponse{StatusCode: http.StatusOK, Header: drawHeaders(rt, true)}
		before := fmt.Sprint(res.Header)
		b, err := EncodeHTTPResponse(res)
		require.NoError(rt, err)
		again, err := EncodeHTTPResponse(res)
		require.NoError(rt, err)
		require.Equal(rt, b, again)
		require.Equal(rt, before, fmt.Sprint(res.Header))
		back, err := DecodeHTTPResponse(b)
		require.NoError(rt, err)
		for name, h := range back.Header {
			require.True(rt, utf8.ValidString(name+h.Key+strings.Join(h.Values, "")))
		}
	})
}

func TestEnvelopeLimits(t *testing.T) {
	encode := func(r *sdktypes.POKTHTTPRequest) []byte {
		b, err := proto.Marshal(r)
		require.NoError(t, err)
		return b
	}
	names := func(n int) map[string]*sdktypes.Header {
		h := map[string]*sdktypes.Header{}
		for i := range n {
			h[fmt.Sprint(i)] = &sdktypes.Header{}
		}
		return h
	}
	one := func(values ...string) map[string]*sdktypes.Header {
		return map[string]*sdktypes.Header{"A": {Key: "A", Values: values}}
	}
	tests := map[string]struct {
		req  *sdktypes.POKTHTTPRequest
		want error
	}{
		"empty":          {&sdktypes.POKTHTTPRequest{}, nil},
		"most headers":   {&sdktypes.POKTHTTPRequest{Header: names(MaxHeaders)}, nil},
		"one too many":   {&sdktypes.POKTHTTPRequest{Header: names(MaxHeaders + 1)}, ErrLimit},
		"most values":    {&sdktypes.POKTHTTPRequest{Header: one(make([]string, MaxValues)...)}, nil},
		"too many":       {&sdktypes.POKTHTTPRequest{Header: one(make([]string, MaxValues+1)...)}, ErrLimit},
		"large value":    {&sdktypes.POKTHTTPRequest{Header: one(strings.Repeat("v", MaxHeaderBytes))}, ErrLimit},
		"long URL":       {&sdktypes.POKTHTTPRequest{Url: strings.Repeat("u", MaxURL)}, nil},
		"longer URL":     {&sdktypes.POKTHTTPRequest{Url: strings.Repeat("u", MaxURL+1)}, ErrLimit},
		"longer method":  {&sdktypes.POKTHTTPRequest{Method: strings.Repeat("m", MaxMethod+1)}, ErrLimit},
		"body unbounded": {&sdktypes.POKTHTTPRequest{BodyBz: make([]byte, 4<<20)}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := DecodeHTTPRequest(encode(tt.req))
			require.ErrorIs(t, err, tt.want)
		})
	}
}

func TestEnvelopeRefusesGarbage(t *testing.T) {
	for _, b := range [][]byte{[]byte("invalid"), {0x12, 0xff}, []byte("\x12\x03\x0a\x01\xff")} {
		_, err := DecodeHTTPRequest(b)
		require.ErrorIs(t, err, ErrDecode)
		_, err = DecodeHTTPResponse(b)
		require.ErrorIs(t, err, ErrDecode)
	}
	req, err := DecodeHTTPRequest(nil)
	require.NoError(t, err)
	require.NotNil(t, req.Header)
}
