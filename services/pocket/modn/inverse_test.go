package modn

import (
	"encoding/binary"
	"math/big"
	"math/rand/v2"
	"testing"

	secp "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func toBig(x [4]uint64) *big.Int {
	var b [32]byte
	for i, w := range x {
		binary.BigEndian.PutUint64(b[24-8*i:], w)
	}
	return new(big.Int).SetBytes(b[:])
}

func fromBig(x *big.Int) (out [4]uint64) {
	var b [32]byte
	x.FillBytes(b[:])
	for i := range out {
		out[i] = binary.BigEndian.Uint64(b[24-8*i:])
	}
	return out
}

// below draws numbers below m of which many are extreme: few bits, long runs of
// zeros or ones, close to 0, to m or to a power of two.
func below(m *Modulus) *rapid.Generator[[4]uint64] {
	limb := rapid.OneOf(
		rapid.Uint64(),
		rapid.SampledFrom([]uint64{0, 1, ^uint64(0), 1 << 63, 1 << 62, 1<<62 - 1, 1<<31 - 1}),
		rapid.Custom(func(t *rapid.T) uint64 { return ^uint64(0) << rapid.IntRange(0, 63).Draw(t, "shift") }),
	)
	modulus := toBig(m.limbs)
	return rapid.Custom(func(t *rapid.T) [4]uint64 {
		x := toBig([4]uint64{limb.Draw(t, "0"), limb.Draw(t, "1"), limb.Draw(t, "2"), limb.Draw(t, "3")})
		switch rapid.IntRange(0, 3).Draw(t, "shape") {
		case 0:
			x.Rsh(x, rapid.UintRange(0, 255).Draw(t, "right"))
		case 1:
			x.Lsh(big.NewInt(1), rapid.UintRange(0, 255).Draw(t, "power"))
			x.Add(x, big.NewInt(rapid.Int64Range(-3, 3).Draw(t, "near")))
		}
		return fromBig(x.Mod(x, modulus))
	})
}

var moduli = map[string]*Modulus{"p": P, "n": N}

// checkInverse compares both ways with math/big.
func checkInverse(t require.TestingT, x [4]uint64, m *Modulus) {
	want := [4]uint64{}
	if x != want {
		want = fromBig(new(big.Int).ModInverse(toBig(x), toBig(m.limbs)))
	}
	var got [4]uint64
	InverseVar(&got, &x, m)
	require.Equal(t, want, got, "variable time, %x", x)
	got = x
	Inverse(&got, &got, m)
	require.Equal(t, want, got, "constant time, %x", x)
}

func TestModuli(t *testing.T) {
	require.Equal(t, secp.Params().P, toBig(P.Limbs()))
	require.Equal(t, secp.Params().N, toBig(N.Limbs()))
}

func TestInverseEdges(t *testing.T) {
	for name, m := range moduli {
		t.Run(name, func(t *testing.T) {
			modulus := toBig(m.limbs)
			for power := range uint(256) {
				for near := int64(-2); near <= 2; near++ {
					x := new(big.Int).Lsh(big.NewInt(1), power)
					x.Mod(x.Add(x, big.NewInt(near)), modulus)
					checkInverse(t, fromBig(x), m)
					checkInverse(t, fromBig(x.Sub(modulus, x).Mod(x, modulus)), m)
				}
			}
		})
	}
}

func TestInverse(t *testing.T) {
	for name, m := range moduli {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) { checkInverse(rt, below(m).Draw(rt, "x"), m) })
		})
	}
}

func TestInverseRandom(t *testing.T) {
	for range 20_000 {
		x := [4]uint64{rand.Uint64(), rand.Uint64(), rand.Uint64(), rand.Uint64() >> 1}
		checkInverse(t, x, P)
		checkInverse(t, x, N)
	}
}

func FuzzInverse(f *testing.F) {
	f.Add(make([]byte, 32))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 32 {
			return
		}
		x := new(big.Int).SetBytes(b)
		for _, m := range moduli {
			checkInverse(t, fromBig(new(big.Int).Mod(x, toBig(m.limbs))), m)
		}
	})
}

func BenchmarkInverse(b *testing.B) {
	x := [4]uint64{rand.Uint64(), rand.Uint64(), rand.Uint64(), rand.Uint64() >> 1}
	b.Run("var p", func(b *testing.B) {
		for b.Loop() {
			InverseVar(&x, &x, P)
			x[0]++
		}
	})
	b.Run("var n", func(b *testing.B) {
		for b.Loop() {
			InverseVar(&x, &x, N)
			x[0]++
		}
	})
	b.Run("constant p", func(b *testing.B) {
		for b.Loop() {
			Inverse(&x, &x, P)
			x[0]++
		}
	})
	b.Run("decred p", func(b *testing.B) {
		var y secp.FieldVal
		y.SetInt(12345)
		for b.Loop() {
			y.Inverse().AddInt(1)
		}
	})
	b.Run("decred n var", func(b *testing.B) {
		var y secp.ModNScalar
		y.SetInt(12345)
		one := *new(secp.ModNScalar).SetInt(1)
		for b.Loop() {
			y.InverseNonConst().Add(&one)
		}
	})
}
