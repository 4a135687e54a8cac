package modn

import (
	"math/big"
	"math/rand/v2"
	"testing"

	secp "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// scalar draws scalars, many of them extreme.
func scalar(t *rapid.T, name string) Scalar { return below(N).Draw(t, name) }

func big32(x *big.Int) (b [32]byte) {
	x.FillBytes(b[:])
	return b
}

// theirs returns the same number in decred's type.
func theirs(s *Scalar) *secp.ModNScalar {
	b := s.Bytes()
	var x secp.ModNScalar
	x.SetBytes(&b)
	return &x
}

func TestScalar(t *testing.T) {
	order := toBig(N.limbs)
	rapid.Check(t, func(rt *rapid.T) {
		x, y, z := scalar(rt, "x"), scalar(rt, "y"), scalar(rt, "z")
		bx, by, bz := toBig(x), toBig(y), toBig(z)
		same := func(want *big.Int, got *Scalar) {
			require.Equal(rt, fromBig(want.Mod(want, order)), [4]uint64(*got))
		}
		var s Scalar
		same(new(big.Int).Add(bx, by), s.Add(&x, &y))
		same(new(big.Int).Neg(bx), s.Neg(&x))
		product := new(big.Int).Mul(bx, by)
		same(new(big.Int).Set(product), s.Mul(&x, &y))
		same(product.Add(product, bz), s.MulAdd(&x, &y, &z))
		require.Equal(rt, x == y, x.Equal(&y))
		require.True(rt, x.Equal(&x))
		require.Equal(rt, x == Scalar{}, x.IsZero())
		require.Equal(rt, bx.Cmp(new(big.Int).Rsh(order, 1)) > 0, x.IsHigh())
		s.LowerHalf(&x)
		require.False(rt, s.IsHigh())
		require.True(rt, s == x || *s.Neg(&s) == x)
		require.Equal(rt, big32(bx), x.Bytes())
	})
}

// TestScalarInPlace: the receiver may be an argument.
func TestScalarInPlace(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x, y := scalar(rt, "x"), scalar(rt, "y")
		var want Scalar
		want.Mul(&x, &x)
		s := x
		require.Equal(rt, want, *s.Mul(&s, &s))
		want.MulAdd(&x, &y, &y)
		s = y
		require.Equal(rt, want, *s.MulAdd(&x, &s, &s))
		want.Add(&x, &x)
		s = x
		require.Equal(rt, want, *s.Add(&s, &s))
		want.Neg(&x)
		s = x
		require.Equal(rt, want, *s.Neg(&s))
		want.Inverse(&x)
		s = x
		require.Equal(rt, want, *s.InverseVar(&s))
	})
}

func TestScalarLikeDecred(t *testing.T) {
	for range 20_000 {
		var b [32]byte
		for i := range b {
			b[i] = byte(rand.Uint32())
		}
		x, _ := FromBytes(&b)
		for i := range b {
			b[i] = byte(rand.Uint32())
		}
		y, _ := FromBytes(&b)
		var s Scalar
		require.Equal(t, theirs(&x).Mul(theirs(&y)).Bytes(), s.Mul(&x, &y).Bytes())
		require.Equal(t, theirs(&x).Add(theirs(&y)).Bytes(), s.Add(&x, &y).Bytes())
		require.Equal(t, theirs(&x).Negate().Bytes(), s.Neg(&x).Bytes())
		require.Equal(t, theirs(&x).IsOverHalfOrder(), x.IsHigh())
	}
}

func TestFromBytes(t *testing.T) {
	order := toBig(N.limbs)
	top := new(big.Int).Lsh(big.NewInt(1), 256)
	for _, base := range []*big.Int{new(big.Int), new(big.Int).Rsh(order, 1), order, top} {
		for near := int64(-3); near <= 3; near++ {
			x := new(big.Int).Add(base, big.NewInt(near))
			if x.Sign() < 0 || x.BitLen() > 256 {
				continue
			}
			b := big32(x)
			s, ok := FromBytes(&b)
			require.Equal(t, x.Cmp(order) < 0, ok)
			require.Equal(t, fromBig(x.Mod(x, order)), [4]uint64(s))
			require.Equal(t, x.Cmp(new(big.Int).Rsh(order, 1)) > 0, s.IsHigh())
			var d secp.ModNScalar
			require.Equal(t, d.SetBytes(&b) == 0, ok)
			require.Equal(t, d.Bytes(), s.Bytes())
		}
	}
}

func checkWide(t require.TestingT, b *[64]byte) {
	x := new(big.Int).SetBytes(b[:])
	require.Equal(t, fromBig(x.Mod(x, toBig(N.limbs))), [4]uint64(ReduceWide(b)), "%x", *b)
}

func TestReduceWide(t *testing.T) {
	order := toBig(N.limbs)
	top := new(big.Int).Lsh(big.NewInt(1), 512)
	last := new(big.Int).Div(top, order)
	for _, times := range []*big.Int{big.NewInt(0), big.NewInt(1), big.NewInt(2), order, last} {
		for near := int64(-2); near <= 2; near++ {
			x := new(big.Int).Mul(order, times)
			if x.Add(x, big.NewInt(near)).Sign() >= 0 {
				var b [64]byte
				x.FillBytes(b[:])
				checkWide(t, &b)
			}
		}
	}
	bytes := rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte{0, 0xff}))
	rapid.Check(t, func(rt *rapid.T) {
		checkWide(rt, (*[64]byte)(rapid.SliceOfN(bytes, 64, 64).Draw(rt, "b")))
	})
}

// signed gives a magnitude its sign.
func signed(size [2]uint64, negative bool) *big.Int {
	x := toBig([4]uint64{size[0], size[1]})
	if negative {
		x.Neg(x)
	}
	return x
}

func checkSplit(t require.TestingT, k Scalar) {
	k1, k2, neg1, neg2 := Split(&k)
	sum := new(big.Int).Mul(signed(k2, neg2), toBig(Lambda))
	sum.Add(sum, signed(k1, neg1))
	require.Equal(t, [4]uint64(k), fromBig(sum.Mod(sum, toBig(N.limbs))), "%x", k)
	require.Less(t, k1[1], uint64(0xa300000000000000)) // 0.636·2^128
	require.Less(t, k2[1], uint64(0x8a80000000000000)) // 0.541·2^128
}

func TestSplit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) { checkSplit(rt, scalar(rt, "k")) })
	for range 20_000 {
		checkSplit(t, Scalar{rand.Uint64(), rand.Uint64(), rand.Uint64(), rand.Uint64() >> 1})
	}
}

// TestSplitWorst splits the numbers whose c are as far as possible from what
// they round: halfway, in either or both directions.
func TestSplitWorst(t *testing.T) {
	order := toBig(N.limbs)
	for _, b := range [][3]uint64{a1, minusB1} {
		short := toBig([4]uint64{b[0], b[1]})
		for range 500 {
			// k with k·short/N closest to j + 1/2.
			k := new(big.Int).SetUint64(rand.Uint64())
			k.Lsh(k, 40+rand.UintN(20)).Add(k, big.NewInt(1))
			k.Mul(k.Or(k, big.NewInt(1)), order).Div(k, new(big.Int).Lsh(short, 1))
			for near := int64(-1); near <= 1; near++ {
				x := new(big.Int).Add(k, big.NewInt(near))
				checkSplit(t, fromBig(x.Mod(x, order)))
			}
		}
	}
}

func TestSplitConstants(t *testing.T) {
	order := toBig(N.limbs)
	low := func(x [3]uint64) *big.Int { return toBig([4]uint64{x[0], x[1], x[2]}) }
	lambda := toBig(Lambda)
	require.EqualValues(t, 1, new(big.Int).Exp(lambda, big.NewInt(3), order).Int64())
	require.NotEqual(t, Scalar{1}, Lambda)
	x := new(big.Int).Mul(lambda, low(minusB1))
	require.Zero(t, x.Sub(low(a1), x).Mod(x, order).Sign())
	x = new(big.Int).Mul(lambda, low(a1))
	require.Zero(t, x.Add(x, low(a2)).Mod(x, order).Sign())
	for g, short := range map[Scalar]*big.Int{g1: low(a1), g2: low(minusB1)} {
		want := new(big.Int).Lsh(short, 385)
		want.Add(want, order).Div(want, new(big.Int).Lsh(order, 1))
		require.Equal(t, want, toBig(g))
	}
}

func TestScalarAllocatesNothing(t *testing.T) {
	x, y := Scalar{1, 2, 3, 4}, Scalar{5, 6, 7, 8}
	var wide [64]byte
	require.Zero(t, testing.AllocsPerRun(10, func() {
		b := y.Bytes()
		x, _ = FromBytes(&b)
		y = ReduceWide(&wide)
		x.Mul(&x, &y).MulAdd(&x, &y, &y).Inverse(&x).InverseVar(&x).LowerHalf(&x)
		Split(&x)
	}))
}

func FuzzScalar(f *testing.F) {
	f.Add(make([]byte, 64))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) != 64 {
			return
		}
		checkWide(t, (*[64]byte)(b))
		x, _ := FromBytes((*[32]byte)(b[:32]))
		y, _ := FromBytes((*[32]byte)(b[32:]))
		checkSplit(t, x)
		var s Scalar
		require.Equal(t, theirs(&x).Mul(theirs(&y)).Bytes(), s.Mul(&x, &y).Bytes())
	})
}

func BenchmarkScalar(b *testing.B) {
	x := Scalar{rand.Uint64(), rand.Uint64(), rand.Uint64(), rand.Uint64() >> 1}
	y := x
	var wide [64]byte
	b.Run("mul", func(b *testing.B) {
		for b.Loop() {
			y.Mul(&y, &x)
		}
	})
	b.Run("mul decred", func(b *testing.B) {
		v, w := theirs(&x), theirs(&y)
		for b.Loop() {
			w.Mul(v)
		}
	})
	b.Run("reduce wide", func(b *testing.B) {
		for b.Loop() {
			y = ReduceWide(&wide)
			wide[3] = byte(y[0])
		}
	})
	b.Run("split", func(b *testing.B) {
		for b.Loop() {
			k1, _, _, _ := Split(&y)
			y[0] = k1[0]
		}
	})
}
