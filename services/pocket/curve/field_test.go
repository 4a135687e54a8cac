package curve

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var bigP = func() *big.Int {
	p := new(big.Int).Lsh(big.NewInt(1), 256)
	return p.Sub(p, big.NewInt(fold))
}()

// genField draws any limbs, often with runs of zeros and ones and next to p.
func genField(t *rapid.T, name string) (f Field) {
	limb := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 1 << 63, ^uint64(0), ^uint64(0) - 1, 1<<64 - fold, 1<<64 - fold - 1, fold}))
	for i := range f {
		f[i] = limb.Draw(t, name)
	}
	return f
}

// big is the number modulo p, in digits, which compare as values do.
func (z Field) big() *big.Int {
	b := z.limbs()
	return b.Mod(b, bigP)
}

func (z Field) limbs() *big.Int {
	out := new(big.Int)
	for i := range z {
		out.Lsh(out, 64).Or(out, new(big.Int).SetUint64(z[3-i]))
	}
	return out
}

func requireBig(t require.TestingT, want *big.Int, got *Field) {
	require.Equal(t, want.Text(16), got.big().Text(16))
}

func modP(x *big.Int) *big.Int { return x.Mod(x, bigP) }

// edges are numbers next to those at which a carry comes late.
func edges() (all []Field) {
	for bit := range 256 {
		for _, step := range []int64{-977, -2, -1, 0, 1, 2, 977} {
			for _, from := range []*big.Int{new(big.Int), new(big.Int).Lsh(big.NewInt(1), 256), bigP} {
				for _, sign := range []int64{-1, 1} {
					n := new(big.Int).Lsh(big.NewInt(sign), uint(bit))
					n.Add(n, from).Add(n, big.NewInt(step))
					if n.Sign() >= 0 && n.BitLen() <= 256 {
						all = append(all, fromBig(n))
					}
				}
			}
		}
	}
	return all
}

func fromBig(n *big.Int) (f Field) {
	b := n.FillBytes(make([]byte, 32))
	f.SetBytes((*[32]byte)(b))
	return f
}

// Every way to multiply agrees with the integers on squares of edges, and on
// products of each with the next.
func TestProductsOfEdges(t *testing.T) {
	all := edges()
	eachTier(t, func(t *testing.T) {
		for i := range all {
			x, y := all[i], all[(i+1)%len(all)]
			var z Field
			z.Mul(&x, &y)
			require.Zero(t, z.big().Cmp(modP(new(big.Int).Mul(x.big(), y.big()))), "%x · %x", x, y)
			z.Sqr(&x)
			require.Zero(t, z.big().Cmp(modP(new(big.Int).Mul(x.big(), x.big()))), "%x²", x)
			z.Add(&x, &y)
			require.Zero(t, z.big().Cmp(modP(new(big.Int).Add(x.big(), y.big()))), "%x + %x", x, y)
			z.Sub(&x, &y)
			require.Zero(t, z.big().Cmp(modP(new(big.Int).Sub(x.big(), y.big()))), "%x − %x", x, y)
		}
	})
}

// The field is the integers modulo p, whatever the limbs.
func TestFieldIsArithmeticModuloP(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := genField(t, "x"), genField(t, "y")
		bx, by := x.big(), y.big()
		var z Field
		z.Add(&x, &y)
		requireBig(t, modP(new(big.Int).Add(bx, by)), &z)
		z.Sub(&x, &y)
		requireBig(t, modP(new(big.Int).Sub(bx, by)), &z)
		z.Neg(&x)
		requireBig(t, modP(new(big.Int).Neg(bx)), &z)
		z = x
		z.Reduce()
		z.negIf(0)
		requireBig(t, bx, &z)
		z.negIf(^uint64(0))
		requireBig(t, modP(new(big.Int).Neg(bx)), &z)
		z.Mul(&x, &y)
		requireBig(t, modP(new(big.Int).Mul(bx, by)), &z)
		z.Sqr(&x)
		requireBig(t, modP(new(big.Int).Mul(bx, bx)), &z)
		mulPortable(&z, &x, &y)
		requireBig(t, modP(new(big.Int).Mul(bx, by)), &z)
		sqrPortable(&z, &x)
		requireBig(t, modP(new(big.Int).Mul(bx, bx)), &z)
		z = x
		z.Mul(&z, &z)
		requireBig(t, modP(new(big.Int).Mul(bx, bx)), &z)
		b := x.Bytes()
		require.Equal(t, bx.FillBytes(make([]byte, 32)), b[:])
		require.Equal(t, bx.Sign() == 0, x.IsZero())
		require.Equal(t, bx.Bit(0) == 1, x.IsOdd())
		require.Equal(t, bx.Cmp(by) == 0, x.Equal(&y))
		require.True(t, x.Equal(&x))
	})
}

func TestFieldInverseAndRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := genField(t, "x")
		want := new(big.Int)
		if x.big().Sign() != 0 {
			want.ModInverse(x.big(), bigP)
		}
		var z Field
		z.Inv(&x)
		requireBig(t, want, &z)
		z.InvVar(&x)
		requireBig(t, want, &z)
		root := new(big.Int).ModSqrt(x.big(), bigP)
		require.Equal(t, root != nil, z.Sqrt(&x))
		if root != nil {
			require.Zero(t, x.big().Cmp(modP(new(big.Int).Mul(z.big(), z.big()))))
		}
	})
}

func TestFieldBytesBelowP(t *testing.T) {
	var f Field
	for _, tt := range []struct {
		add   int64
		below bool
	}{{-1, true}, {0, false}, {1, false}} {
		var b [32]byte
		new(big.Int).Add(bigP, big.NewInt(tt.add)).FillBytes(b[:])
		require.Equal(t, tt.below, f.SetBytes(&b))
		requireBig(t, modP(big.NewInt(tt.add)), &f)
	}
}

func BenchmarkFieldPortable(b *testing.B) {
	x, y := Field{1, 2, 3, 4 << 60}, Field{5, 6, 7, 8 << 60}
	b.Run("mul", func(b *testing.B) {
		for b.Loop() {
			mulPortable(&x, &x, &y)
		}
	})
	b.Run("sqr", func(b *testing.B) {
		for b.Loop() {
			sqrPortable(&x, &x)
		}
	})
}
