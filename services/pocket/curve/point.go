package curve

// Affine is a point of y² = x³ + 7. The zero value is the point at infinity;
// (0, 0) is not on the curve.
type Affine struct{ X, Y Field }

// IsInfinity reports whether p is the point at infinity.
func (p *Affine) IsInfinity() bool { return p.X.IsZero() && p.Y.IsZero() }

// Equal reports whether p and q are the same point.
func (p *Affine) Equal(q *Affine) bool { return p.X.Equal(&q.X) && p.Y.Equal(&q.Y) }

// Neg sets z = −p.
func (z *Affine) Neg(p *Affine) { z.X = p.X; z.Y.Neg(&p.Y) }

// lift sets z to the point with this x and an even or odd y, and reports
// whether there is one.
func (z *Affine) lift(x *Field, odd bool) bool {
	y := sevenMore(x)
	if !y.Sqrt(&y) {
		return false
	}
	z.set(x, &y, odd)
	return true
}

// sevenMore returns x³ + 7.
func sevenMore(x *Field) (y Field) {
	y.Sqr(x)
	y.Mul(&y, x)
	y.Add(&y, &Field{7})
	return y
}

// set sets z to (x, ±y), the one with an even or odd y.
func (z *Affine) set(x, y *Field, odd bool) {
	z.X, z.Y = *x, *y
	z.X.Reduce()
	z.Y.Reduce()
	if z.Y.IsOdd() != odd {
		z.Y.Neg(&z.Y)
		z.Y.Reduce()
	}
}

// Point is a point in XYZZ coordinates: x = X/ZZ, y = Y/ZZZ, ZZ³ = ZZZ². ZZ is
// zero for the point at infinity, and after an unchecked addition that met an
// exceptional case: it stays zero through all further additions, so one look
// at the end tells that the sum must be made again with care.
type Point struct{ X, Y, ZZ, ZZZ Field }

// setAffine sets z = p, which is not infinity.
func (z *Point) setAffine(p *Affine) { *z = Point{p.X, p.Y, Field{1}, Field{1}} }

// addAffinePortable is addAffine: it sets z = z + p, unchecked: ZZ becomes zero
// when z = ±p and stays zero. p is not infinity. 8 multiplications and 2
// squarings (madd-2008-s of the Explicit-Formulas Database).
func (z *Point) addAffinePortable(p *Affine) {
	var u, s Field
	u.Mul(&p.X, &z.ZZ)
	s.Mul(&p.Y, &z.ZZZ)
	z.combine(&u, &s)
}

// add sets z = z + p, unchecked: ZZ becomes zero when z = ±p or one of them is
// infinity (add-2008-s).
func (z *Point) add(p *Point) {
	var u, s Field
	u.Mul(&p.X, &z.ZZ)
	s.Mul(&p.Y, &z.ZZZ)
	z.X.Mul(&z.X, &p.ZZ)
	z.Y.Mul(&z.Y, &p.ZZZ)
	z.ZZ.Mul(&z.ZZ, &p.ZZ)
	z.ZZZ.Mul(&z.ZZZ, &p.ZZZ)
	z.combine(&u, &s)
}

// combine adds the point with numerators u and s over z's own denominators.
func (z *Point) combine(u, s *Field) {
	var p, r, pp, ppp, q Field
	p.Sub(u, &z.X)
	r.Sub(s, &z.Y)
	pp.Sqr(&p)
	ppp.Mul(&p, &pp)
	q.Mul(&z.X, &pp)
	z.X.Sqr(&r)
	z.X.Sub(&z.X, &ppp)
	z.X.Sub(&z.X, &q)
	z.X.Sub(&z.X, &q)
	q.Sub(&q, &z.X)
	q.Mul(&q, &r)
	z.Y.Mul(&z.Y, &ppp)
	z.Y.Sub(&q, &z.Y)
	z.ZZ.Mul(&z.ZZ, &pp)
	z.ZZZ.Mul(&z.ZZZ, &ppp)
}

// double sets z = 2·z (dbl-2008-s-1). Infinity stays infinity, and there is no
// point of order two, so nothing is exceptional.
func (z *Point) double() {
	var u, v, w, s, m Field
	u.Add(&z.Y, &z.Y)
	v.Sqr(&u)
	w.Mul(&u, &v)
	s.Mul(&z.X, &v)
	m.Sqr(&z.X)
	u.Add(&m, &m)
	m.Add(&m, &u)
	z.X.Sqr(&m)
	z.X.Sub(&z.X, &s)
	z.X.Sub(&z.X, &s)
	s.Sub(&s, &z.X)
	m.Mul(&m, &s)
	z.Y.Mul(&z.Y, &w)
	z.Y.Sub(&m, &z.Y)
	z.ZZ.Mul(&z.ZZ, &v)
	z.ZZZ.Mul(&z.ZZZ, &w)
}

// scale sets a to z given zzzInv = 1/ZZZ: 1/ZZ = (ZZ/ZZZ)².
func (z *Point) scale(a *Affine, zzzInv *Field) {
	var i Field
	i.Mul(&z.ZZ, zzzInv)
	i.Sqr(&i)
	a.X.Mul(&z.X, &i)
	a.Y.Mul(&z.Y, zzzInv)
	a.X.Reduce()
	a.Y.Reduce()
}

// normalize sets out[i] to points[i], none with a ZZ of zero, with one
// inversion for all, in a variable time. scratch is as long as points.
func normalize(out []Affine, points []Point, scratch []Field) {
	product := Field{1}
	for i := range points {
		scratch[i] = product
		product.Mul(&product, &points[i].ZZZ)
	}
	product.InvVar(&product)
	for i := len(points) - 1; i >= 0; i-- {
		var inv Field
		inv.Mul(&product, &scratch[i])
		product.Mul(&product, &points[i].ZZZ)
		points[i].scale(&out[i], &inv)
	}
}
