package relay

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// usualPayload makes a relay of some 1.2 kB with a ring of two.
const usualPayload = 586

func usualRequest(b *testing.B) []byte {
	req := testRequest(b)
	req.Payload = make([]byte, usualPayload)
	raw, err := req.Marshal()
	require.NoError(b, err)
	return raw
}

// run measures f, and what it allocates.
func run(b *testing.B, f func() error) {
	b.ReportAllocs()
	for b.Loop() {
		if err := f(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRequestHash: from received bytes to the signed hash.
func BenchmarkRequestHash(b *testing.B) {
	raw := usualRequest(b)
	hash := func(raw []byte) func() error {
		return func() error {
			c, err := CanonicalRequest(raw)
			c.Hash()
			return err
		}
	}
	b.Run("canonical", func(b *testing.B) { run(b, hash(raw)) })
	b.Run("encoded again", func(b *testing.B) { run(b, hash(append(raw, 0x1a, 0x00))) })
	req, err := DecodeRequest(raw)
	require.NoError(b, err)
	b.Run("of a decoded request", func(b *testing.B) {
		run(b, func() error { _, err := RequestHash(req); return err })
	})
}

func BenchmarkResponseHash(b *testing.B) {
	res := testResponse(b)
	run(b, func() error { _, err := ResponseHash(res); return err })
}

func BenchmarkLeaf(b *testing.B) {
	raw, res := usualRequest(b), testResponse(b)
	req, err := DecodeRequest(raw)
	require.NoError(b, err)
	c, err := CanonicalRequest(raw)
	require.NoError(b, err)
	b.Run("append", func(b *testing.B) {
		dst := make([]byte, 0, 2048)
		run(b, func() error { _, err := AppendLeaf(dst, c, res); return err })
	})
	b.Run("encode and hash", func(b *testing.B) {
		run(b, func() error { _, _, err := Leaf(req, res); return err })
	})
}
