package curve

import (
	"testing"

	secp "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func requireDecompresses(t require.TestingT, k [33]byte) {
	var p Affine
	ok := p.Decompress(&k)
	want, err := secp.ParsePubKey(k[:])
	require.Equal(t, err == nil, ok, "%x", k)
	if ok {
		require.Equal(t, k, p.Compress())
		y := p.Y.Bytes()
		require.Equal(t, want.Y().FillBytes(make([]byte, 32)), y[:])
	}
}

func TestDecompressIsOfficial(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			x := genField(t, "x")
			var k [33]byte
			for i := range 32 {
				k[1+i] = byte(x[3-i/8] >> (56 - i%8*8))
			}
			k[0] = rapid.SampledFrom([]byte{2, 3, 2, 3, 0, 4, 6, 255}).Draw(t, "first byte")
			requireDecompresses(t, k)
		})
	})
}

func TestLiftIsDecompress(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			candidates := make([]Candidate, rapid.IntRange(0, 20).Draw(t, "candidates"))
			for i := range candidates {
				candidates[i] = Candidate{X: genField(t, "x"), Odd: rapid.Bool().Draw(t, "odd")}
			}
			points := make([]Affine, len(candidates))
			Lift(points, candidates)
			for i, c := range candidates {
				var want Affine
				if !want.lift(&c.X, c.Odd) {
					want = Affine{}
				}
				requirePoint(t, &want, &points[i], "candidate %d", i)
			}
		})
	})
}

func FuzzDecompress(f *testing.F) {
	p := testPoint(1)
	k := p.Compress()
	f.Add(k[:])
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 33 {
			requireDecompresses(t, [33]byte(b))
		}
	})
}
