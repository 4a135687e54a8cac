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

// Lanes agree with the portable way on edges, and on products of each with the
// next.
func TestLanesOfEdges(t *testing.T) {
	needLanes(t)
	all := edges()
	for i := 0; i+9 <= len(all); i += 8 {
		var x, y, product, square lanes
		for lane := range 8 {
			x.put(lane, &all[i+lane])
			y.put(lane, &all[i+lane+1])
		}
		mulLanes(&product, &x, &y)
		sqrLanes(&square, &x, 1)
		requireClean(t, &product)
		requireClean(t, &square)
		for lane := range 8 {
			var want Field
			mulPortable(&want, &all[i+lane], &all[i+lane+1])
			got := product.get(lane)
			require.True(t, want.Equal(&got))
			sqrPortable(&want, &all[i+lane])
			got = square.get(lane)
			require.True(t, want.Equal(&got))
		}
	}
}

func needLanes(t testing.TB) {
	if Best() < IFMA {
		t.Skip("this processor has no IFMA")
	}
}

// genPoints draws eight points, of the curve or not: the formulas do not ask.
func genPoints(t *rapid.T, name string) (l pointLanes, each [8]Point) {
	for c := range l {
		var fields [8]Field
		l[c], fields = genLanes(t, name)
		for i := range each {
			*each[i].coordinate(c) = fields[i]
		}
	}
	return l, each
}

func (z *Point) coordinate(c int) *Field { return [4]*Field{&z.X, &z.Y, &z.ZZ, &z.ZZZ}[c] }

// requireLanes compares lanes with points, modulo p.
func requireLanes(t *rapid.T, want [8]Point, got *pointLanes, what string) {
	for c := range got {
		requireClean(t, &got[c])
		for i := range want {
			lane := got[c].get(i)
			require.Equal(t, want[i].coordinate(c).big().Text(16), lane.big().Text(16), "%s: coordinate %d of lane %d", what, c, i)
		}
	}
}

func TestPointLanesArePoints(t *testing.T) {
	needLanes(t)
	rapid.Check(t, func(t *rapid.T) {
		z, zs := genPoints(t, "z")
		q, qs := genPoints(t, "q")
		neg := rapid.Uint64().Draw(t, "neg")
		var rows [8]*Affine
		var set [8]Point
		for i := range rows {
			rows[i] = &Affine{qs[i].X, qs[i].Y} // a table's are below p
			rows[i].X.Reduce()
			rows[i].Y.Reduce()
			signed := *rows[i]
			signed.Y.negIf(-(neg >> i & 1))
			set[i].setAffine(&signed)
		}
		got, want := z, zs
		doubleLanes(&got)
		for i := range want {
			want[i].double()
		}
		requireLanes(t, want, &got, "double")

		got, want = z, zs
		joinLanes(&got, &q)
		for i := range want {
			want[i].add(&qs[i])
		}
		requireLanes(t, want, &got, "join")

		setLanes(&got, &rows, neg)
		requireLanes(t, set, &got, "set")

		got, want = z, zs
		addLanes(&got, &rows, neg)
		for i := range want {
			p := Affine{set[i].X, set[i].Y}
			want[i].addAffinePortable(&p)
		}
		requireLanes(t, want, &got, "add")
		if !hasADX {
			return
		}
		for i := range zs {
			p := Affine{set[i].X, set[i].Y}
			addAffineADX(&zs[i], &p)
		}
		requireLanes(t, zs, &got, "ADX")
	})
}

func TestSelectLanesAndTurns(t *testing.T) {
	needLanes(t)
	rapid.Check(t, func(t *rapid.T) {
		var rows [8][8]Affine
		var from [8]*[8]Affine
		var at [8]uint64
		for lane := range rows {
			for j := range rows[lane] {
				rows[lane][j] = Affine{genField(t, "x"), genField(t, "y")}
			}
			from[lane], at[lane] = &rows[lane], rapid.Uint64Range(0, 7).Draw(t, "at")
		}
		var chosen [8]Affine
		selectLanes(&chosen, &from, &at)
		for lane := range chosen {
			require.Equal(t, rows[lane][at[lane]], chosen[lane])
		}
		x, xs := genPoints(t, "x")
		by := rapid.IntRange(0, 4).Draw(t, "by")
		var z pointLanes
		turnLanes(&z, &x, &turns[by])
		for lane := range xs {
			require.Equal(t, xs[(lane+by)%8], z.get(lane))
		}
	})
}

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
