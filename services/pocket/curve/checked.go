package curve

import "github.com/lodeworks/lode/services/pocket/modn"

// The slow, obvious arithmetic: every case is told apart. It is what the fast
// sums fall back to when they meet an exceptional case, and their twin in
// tests. It takes a variable time.

// addChecked sets z = z + p, whatever they are.
func (z *Point) addChecked(p *Affine) {
	switch {
	case p.IsInfinity():
	case z.ZZ.IsZero():
		z.setAffine(p)
	default:
		sum, same := *z, *z
		sum.addAffine(p)
		if !sum.ZZ.IsZero() {
			*z = sum
			return
		}
		same.double()
		var s Field
		s.Mul(&p.Y, &z.ZZZ)
		if s.Equal(&z.Y) {
			*z = same // z = p
			return
		}
		*z = Point{} // z = −p
	}
}

// mulChecked returns k·p by doubling and adding.
func mulChecked(k *modn.Scalar, p *Affine) (z Point) {
	for i := 255; i >= 0; i-- {
		z.double()
		if k[i/64]>>(i%64)&1 == 1 {
			z.addChecked(p)
		}
	}
	return z
}

// affine returns z, whatever it is.
func (z *Point) affine() (a Affine) {
	if z.ZZ.IsZero() {
		return a
	}
	var inv Field
	inv.InvVar(&z.ZZZ)
	z.scale(&a, &inv)
	return a
}

// pairChecked returns s·a + c·b.
func pairChecked(s, c *modn.Scalar, a, b *Affine) Affine {
	sum, other := mulChecked(s, a), mulChecked(c, b)
	q := other.affine()
	sum.addChecked(&q)
	return sum.affine()
}
