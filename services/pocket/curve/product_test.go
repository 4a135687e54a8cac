package curve

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lodeworks/lode/services/pocket/modn"
)

func TestProductsAreTheCheckedOnes(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			n := rapid.IntRange(0, 9).Draw(t, "terms")
			scalars, points := make([]modn.Scalar, n), make([]Affine, n)
			terms := make([]Term, n)
			for i := range terms {
				scalars[i], points[i] = genScalar(t, "k"), testPoint(rapid.IntRange(0, 30).Draw(t, "point"))
				terms[i] = Term{&scalars[i], &points[i]}
			}
			out := make([]Point, n)
			Products(out, terms)
			for i := range out {
				want := mulChecked(&scalars[i], &points[i])
				wantAffine := want.affine()
				got := out[i].affine()
				if !out[i].ZZ.IsZero() || wantAffine.IsInfinity() {
					requirePoint(t, &wantAffine, &got, "k %x", scalars[i])
				} else {
					require.LessOrEqual(t, scalars[i][3]+1, uint64(1), "an exceptional case of a scalar without a pattern")
				}
			}
		})
	})
}

func TestCombineIsTheCheckedSum(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			a, b := genScalar(t, "a"), genScalar(t, "b")
			q := testPoint(rapid.IntRange(0, 3).Draw(t, "point"))
			if rapid.IntRange(0, 4).Draw(t, "opposite") == 0 {
				q, b = generator, *new(modn.Scalar).Neg(&a) // infinity
			}
			want, got := pairChecked(&a, &b, &generator, &q), Combine(&a, &b, &q)
			requirePoint(t, &want, &got, "a %x b %x", a, b)
		})
	})
}

// A hostile sender chooses points and scalars; what a product does not know is
// said, never guessed. Small scalars make the halves meet.
func TestSmallProducts(t *testing.T) {
	eachTier(t, func(t *testing.T) {
		p := testPoint(1)
		for k := range uint64(300) {
			s := modn.Scalar{k}
			var out [2]Point
			Products(out[:], []Term{{&s, &p}, {&s, &p}})
			want := mulChecked(&s, &p)
			wantAffine := want.affine()
			for i := range out {
				if got := out[i].affine(); !out[i].ZZ.IsZero() {
					requirePoint(t, &wantAffine, &got, "k %d", k)
				}
			}
		}
	})
}

func BenchmarkProducts(b *testing.B) {
	p := testPoint(1)
	s := modn.Scalar{1, 2, 3, 4 << 60}
	terms := []Term{{&s, &p}, {&s, &p}, {&s, &p}, {&s, &p}}
	out := make([]Point, 4)
	for at := Portable; at <= Best(); at++ {
		require.NoError(b, Use(at))
		b.Run(at.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Products(out, terms)
			}
		})
	}
	require.NoError(b, Use(Best()))
}
