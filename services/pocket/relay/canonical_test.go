package relay

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// requireCanonical holds the scanner to its twin, which decodes and encodes again: it takes exactly the fixed
// points, and whatever can be decoded has the same hash and the same leaf both ways.
func requireCanonical(t require.TestingT, raw []byte, res *servicetypes.RelayResponse) {
	before := bytes.Clone(raw)
	_, same := scanRequest(raw)
	c, err := CanonicalRequest(raw)
	req, failure := DecodeRequest(raw)
	require.Equal(t, failure == nil, err == nil, "%v", err)
	if err != nil {
		require.ErrorIs(t, err, ErrDecode)
		require.False(t, same, "took what does not decode: %x", raw)
		return
	}
	again, err := req.Marshal()
	require.NoError(t, err)
	require.Equal(t, bytes.Equal(raw, again), same, "%x", raw)
	require.Equal(t, again, c.Bytes())
	want, err := req.GetSignableBytesHash()
	require.NoError(t, err)
	require.Equal(t, want, c.Hash(), "%x", raw)
	leaf, _, failure := Leaf(req, res)
	value, err := AppendLeaf([]byte("before"), c, res)
	require.Equal(t, failure, err)
	require.Equal(t, "before"+string(leaf), string(value))
	require.Equal(t, before, raw)
}

// TestCanonicalLikeTheEncoder draws requests and encodes them with up to three faults.
func TestCanonicalLikeTheEncoder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &sloppy{rt: rt, faults: rapid.IntRange(0, 3).Draw(rt, "faults")}
		requireCanonical(rt, s.request(drawRequest(rt)), drawResponse(rt))
	})
}

// TestCanonicalBytewise cuts, changes, inserts and removes single bytes of a canonical encoding.
func TestCanonicalBytewise(t *testing.T) {
	res := testResponse(t)
	rapid.Check(t, func(rt *rapid.T) {
		raw, err := drawRequest(rt).Marshal()
		require.NoError(rt, err)
		at := rapid.IntRange(0, len(raw)-1).Draw(rt, "at")
		b := rapid.OneOf(rapid.SampledFrom([]byte{0, 1, 2, 0x0a, 0x12, 0x1a, 0x20, 0x28, 0x7f, 0x80, 0xff}), rapid.Byte()).Draw(rt, "byte")
		switch rapid.IntRange(0, 3).Draw(rt, "how") {
		case 0:
			raw = raw[:at]
		case 1:
			raw[at] = b
		case 2:
			raw = slices.Insert(raw, at, b)
		case 3:
			raw = slices.Delete(raw, at, at+1)
		}
		requireCanonical(rt, raw, res)
	})
}

// TestCanonicalCases are the rules one by one; want says whether the bytes are their own encoding.
func TestCanonicalCases(t *testing.T) {
	for name, c := range map[string]struct {
		raw  string
		want bool
	}{
		"nothing":                     {"", false},
		"empty metadata":              {"0a00", true},
		"no metadata":                 {"120150", false},
		"payload":                     {"0a00120150", true},
		"empty payload":               {"0a001200", false},
		"payload first":               {"1201500a00", false},
		"metadata twice":              {"0a000a00", false},
		"payload twice":               {"0a00120150120151", false},
		"unknown field":               {"0a00120150180f", false},
		"group":                       {"0a001b1c", false},
		"trailing zero":               {"0a0000", false},
		"tag of two bytes":            {"8a0000", false},
		"long length":                 {"0a8000", false},
		"length beyond the end":       {"0a0112", false},
		"length of ten bytes":         {"0affffffffffffffffff01", false},
		"empty header":                {"0a020a00", true},
		"all of the metadata":         {"0a080a001201531a0153", true},
		"supplier before signature":   {"0a061a0153120153", false},
		"empty signature":             {"0a021200", false},
		"empty supplier":              {"0a021a00", false},
		"header, empty application":   {"0a040a020a00", false},
		"heights":                     {"0a060a0420012802", true},
		"heights, wrong order":        {"0a060a0428022001", false},
		"height zero":                 {"0a040a022000", false},
		"height in long form":         {"0a050a03208100", false},
		"height without its last":     {"0a040a022081", false},
		"height -1":                   {"0a0d0a0b20ffffffffffffffffff01", true},
		"height with bits beyond 64":  {"0a0d0a0b20ffffffffffffffffff03", false},
		"height of eleven bytes":      {"0a0e0a0c20ffffffffffffffffff8101", false},
		"height 128":                  {"0a050a03208001", true},
		"payload as a number":         {"0a001001", false},
		"metadata as a 32-bit number": {"0d00000000", false},
	} {
		raw, err := hex.DecodeString(c.raw)
		require.NoError(t, err)
		_, ok := scanRequest(raw)
		require.Equal(t, c.want, ok, name)
		requireCanonical(t, raw, testResponse(t))
	}
}

// TestCanonicalKeepsTheBytes: what is canonical is not copied.
func TestCanonicalKeepsTheBytes(t *testing.T) {
	raw, err := testRequest(t).Marshal()
	require.NoError(t, err)
	c, err := CanonicalRequest(raw)
	require.NoError(t, err)
	require.Same(t, &raw[0], &c.Bytes()[0])
	require.Len(t, c.Bytes(), len(raw))
}

func TestAppendLeafRefuses(t *testing.T) {
	raw, err := testRequest(t).Marshal()
	require.NoError(t, err)
	c, err := CanonicalRequest(raw)
	require.NoError(t, err)
	unsigned := testResponse(t)
	unsigned.Meta.SupplierOperatorSignature = nil
	for name, arg := range map[string]struct {
		req Canonical
		res *servicetypes.RelayResponse
	}{"no request": {Canonical{}, testResponse(t)}, "no response": {c, nil}, "unsigned": {c, unsigned}} {
		got, err := AppendLeaf([]byte("kept"), arg.req, arg.res)
		require.ErrorIs(t, err, ErrUnprovable, name)
		require.Equal(t, "kept", string(got), name)
	}
}

// TestAppendLeafNeedsNoMoreRoom: room for the leaf is enough, wherever the lengths grow by a byte.
func TestAppendLeafNeedsNoMoreRoom(t *testing.T) {
	req, res := testRequest(t), testResponse(t)
	for size := 0; size < 40_000; size += 1 + size/50 {
		req.Payload = make([]byte, size)
		leaf, _, err := Leaf(req, res)
		require.NoError(t, err)
		raw, err := req.Marshal()
		require.NoError(t, err)
		c, err := CanonicalRequest(raw)
		require.NoError(t, err)
		room := make([]byte, 0, len(leaf))
		got, err := AppendLeaf(room, c, res)
		require.NoError(t, err)
		require.Equal(t, leaf, got)
		require.Same(t, &room[:1][0], &got[0])
	}
}

// TestResponseHashOfAnySize goes beyond what is encoded on the stack.
func TestResponseHashOfAnySize(t *testing.T) {
	res := testResponse(t)
	res.RelayMinerError = &servicetypes.RelayMinerError{}
	for size := range 2 * smallResponse {
		res.RelayMinerError.Message = strings.Repeat("m", size)
		want, err := res.GetSignableBytesHash()
		require.NoError(t, err)
		got, err := ResponseHash(res)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// TestHotPathDoesNotAllocate: the way of a relay whose bytes are canonical.
func TestHotPathDoesNotAllocate(t *testing.T) {
	raw, err := testRequest(t).Marshal()
	require.NoError(t, err)
	res, dst := testResponse(t), make([]byte, 0, 4096)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		c, err := CanonicalRequest(raw)
		require.NoError(t, err)
		c.Hash()
		_, err = AppendLeaf(dst, c, res)
		require.NoError(t, err)
		_, err = ResponseHash(res)
		require.NoError(t, err)
	}))
}
