package curve

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// genLanes draws eight elements, as clean limbs.
func genLanes(t *rapid.T, name string) (l lanes, each [8]Field) {
	for i := range each {
		each[i] = genField(t, name)
		l.put(i, &each[i])
	}
	return l, each
}

func requireClean(t require.TestingT, l *lanes) {
	for i := range l {
		for _, limb := range l[i] {
			if i < 4 {
				require.Less(t, limb, uint64(1)<<52)
			} else {
				require.Less(t, limb, uint64(1)<<48+1<<5)
			}
		}
	}
}

func TestLanesAreFields(t *testing.T) {
	needLanes(t)
	rapid.Check(t, func(t *rapid.T) {
		x, xs := genLanes(t, "x")
		y, ys := genLanes(t, "y")
		n := rapid.Uint64Range(1, 5).Draw(t, "n")
		var product, power lanes
		mulLanes(&product, &x, &y)
		sqrLanes(&power, &x, n)
		requireClean(t, &product)
		requireClean(t, &power)
		for i := range xs {
			require.Equal(t, xs[i], x.get(i))
			var want Field
			mulPortable(&want, &xs[i], &ys[i])
			got := product.get(i)
			require.Equal(t, want.big(), got.big())
			want.sqrN(&xs[i], int(n))
			got = power.get(i)
			require.Equal(t, want.big(), got.big())
		}
	})
}

func needLanes(t testing.TB) {}

func BenchmarkLanes(b *testing.B) {
	needLanes(b)
	var x, y lanes
	for i := range 8 {
		x.put(i, &Field{1, 2, 3, 4 << 60})
		y.put(i, &Field{5, 6, 7, 8 << 60})
	}
	b.Run("mul", func(b *testing.B) {
		for b.Loop() {
			mulLanes(&x, &x, &y)
		}
	})
	b.Run("sqr16", func(b *testing.B) {
		for b.Loop() {
			sqrLanes(&x, &x, 16)
		}
	})
	z := pointLanes{x, y, x, y}
	q := z
	a := Affine{Field{1, 2, 3, 4 << 60}, Field{5, 6, 7, 8 << 60}}
	rows := [8]*Affine{&a, &a, &a, &a, &a, &a, &a, &a}
	b.Run("add", func(b *testing.B) {
		for b.Loop() {
			addLanes(&z, &rows, 5)
		}
	})
	b.Run("join", func(b *testing.B) {
		for b.Loop() {
			joinLanes(&z, &q)
		}
	})
	b.Run("double", func(b *testing.B) {
		for b.Loop() {
			doubleLanes(&z)
		}
	})
}
