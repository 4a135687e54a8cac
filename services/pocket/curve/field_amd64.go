package curve

//go:noescape
func mulADX(z, x, y *Field)

//go:noescape
func sqrADX(z, x *Field)

// addAffineADX is [Point.addAffine].
//
//go:noescape
func addAffineADX(z *Point, q *Affine)

// Mul sets z = x·y.
func (z *Field) Mul(x, y *Field) {
	if hasADX {
		mulADX(z, x, y)
	} else {
		mulPortable(z, x, y)
	}
}

// Sqr sets z = x².
func (z *Field) Sqr(x *Field) {
	if hasADX {
		sqrADX(z, x)
	} else {
		sqrPortable(z, x)
	}
}

func (z *Point) addAffine(p *Affine) {
	if hasADX {
		addAffineADX(z, p)
	} else {
		z.addAffinePortable(p)
	}
}
