//go:build !amd64

package curve

// Mul sets z = x·y.
func (z *Field) Mul(x, y *Field) { mulPortable(z, x, y) }

// Sqr sets z = x².
func (z *Field) Sqr(x *Field) { sqrPortable(z, x) }

func (z *Point) addAffine(p *Affine) { z.addAffinePortable(p) }
