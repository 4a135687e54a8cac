package curve

import "github.com/lodeworks/lode/services/pocket/modn"

// Term is a scalar and a point, which is not infinity.
type Term struct {
	K *modn.Scalar
	P *Affine
}

// Products sets out[i] to the product of terms[i], without tables: for points
// that nobody has vouched for. A ZZ of zero means infinity or unknown. It takes
// a variable time.
func Products(out []Point, terms []Term) {
	for len(terms) > 0 {
		n := min(4, len(terms))
		if tier == IFMA && n > 1 {
			productLanes(out[:n], terms[:n])
		} else {
			n = 1
			out[0] = product(&terms[0])
		}
		out, terms = out[n:], terms[n:]
	}
}

// A half is half of a product: with λ·(x, y) = (β·x, y), k·P is k₁·P + k₂·λP,
// and the two have half as many doublings.
type half struct {
	short
	p Affine
}

// beta is a cube root of 1 modulo p: (β·x, y) is λ·(x, y).
var beta = Field{0xc1396c28719501ee, 0x9cf0497512f58995, 0x6e64479eac3434e9, 0x7ae96a2b657c0710}

func (t *Term) halves() (h [2]half) {
	a, b := splitOdd(t.K)
	h = [2]half{{short: a, p: *t.P}, {short: b, p: *t.P}}
	h[1].p.X.Mul(&h[1].p.X, &beta)
	return h
}

// multiples is how many odd multiples a window of 4 bits chooses from.
const multiples = 8

// product returns the product of a term, unchecked.
func product(t *Term) (z Point) {
	h := t.halves()
	rows := oddMultiples(&h[0].p)
	for i := shortWindows - 1; i >= 0; i-- {
		for range 4 {
			z.double()
		}
		for j := range h {
			at, neg := h[j].nibbleAt(i)
			q := rows[at]
			if j == 1 {
				q.X.Mul(&q.X, &beta)
			}
			q.Y.negIf(neg)
			if i == shortWindows-1 && j == 0 {
				z.setAffine(&q)
			} else {
				z.addAffine(&q)
			}
		}
	}
	return z
}

// oddMultiples returns 1, 3, … 15 times p.
func oddMultiples(p *Affine) (rows [multiples]Affine) {
	var points [multiples]Point
	var scratch [multiples]Field
	double := doubleAffine(p)
	odd(rows[:], p, &double, points[:], scratch[:])
	return rows
}

// doubleAffine returns 2·p.
func doubleAffine(p *Affine) (q Affine) {
	var z Point
	z.setAffine(p)
	z.double()
	var inv Field
	inv.InvVar(&z.ZZZ)
	z.scale(&q, &inv)
	return q
}

// Mul returns k times the point of t, unchecked: a ZZ of zero means infinity
// or unknown. It takes a variable time.
func (t *Table) Mul(k *modn.Scalar) Point {
	r := recode(k)
	if tier == IFMA {
		return tableLanes(&r, t)
	}
	return t.sum(&r)
}

// PairOf sets l = s·G + c·p and r = s·h + c·i, as [Pair] does, for points
// without tables whose products are given: cp = c·p, sh = s·h, ci = c·i, made
// by [Products].
func PairOf(l, r *Affine, s, c *modn.Scalar, p, h, i *Affine, cp, sh, ci *Point) {
	sums := [2]Point{Generator().Mul(s), *sh}
	sums[0].add(cp)
	sums[1].add(ci)
	if !finishPair(l, r, &sums, false) {
		*l = pairChecked(s, c, &generator, p)
		*r = pairChecked(s, c, h, i)
	}
}

// Combine returns a·G + b·q, in a variable time. q is not infinity.
func Combine(a, b *modn.Scalar, q *Affine) (p Affine) {
	sum, other := Generator().Mul(a), product(&Term{K: b, P: q})
	sum.add(&other)
	if sum.ZZ.IsZero() {
		return pairChecked(a, b, &generator, q)
	}
	return sum.affine()
}
