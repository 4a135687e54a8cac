package curve

import "github.com/lodeworks/lode/services/pocket/modn"

// Pair sets l = s·a + c·b and r = s·h + c·i, for the points that the tables
// were made of: one step of a ring signature's equation. It takes a variable
// time.
func Pair(l, r *Affine, s, c *modn.Scalar, a, b, h, i *Table) {
	rs, rc := recode(s), recode(c)
	var sums [2]Point
	if tier == IFMA {
		sums = pairLanes(&rs, &rc, [4]*Table{a, b, h, i})
	} else {
		sums = [2]Point{sumTables(&rs, &rc, a, b), sumTables(&rs, &rc, h, i)}
	}
	if !finishPair(l, r, &sums, false) {
		*l = pairChecked(s, c, a.point(), b.point())
		*r = pairChecked(s, c, h.point(), i.point())
	}
}

// finishPair brings two sums to affine form with one inversion. It reports
// false if one of them is infinity or unknown. Its time depends on the sums
// unless they are secret.
func finishPair(l, r *Affine, sums *[2]Point, secret bool) bool {
	var product, inv Field
	product.Mul(&sums[0].ZZZ, &sums[1].ZZZ)
	if product.IsZero() {
		return false
	}
	if secret {
		product.Inv(&product)
	} else {
		product.InvVar(&product)
	}
	inv.Mul(&product, &sums[1].ZZZ)
	sums[0].scale(l, &inv)
	inv.Mul(&product, &sums[0].ZZZ)
	sums[1].scale(r, &inv)
	return true
}

// sumTables returns s·a + c·b, unchecked.
func sumTables(s, c *recoded, a, b *Table) (z Point) {
	z = a.sum(s)
	for i := range b.rows {
		p := b.at(i, c)
		z.addAffine(&p)
	}
	return z
}

// sum returns k times the point of t, unchecked.
func (t *Table) sum(k *recoded) (z Point) {
	p := t.at(0, k)
	z.setAffine(&p)
	for i := 1; i < len(t.rows); i++ {
		p = t.at(i, k)
		z.addAffine(&p)
	}
	return z
}

// MulSecret returns k times the point of t. Its time does not depend on k
// unless two of the partial sums happen to meet, which for the nonces and keys
// it is for has a chance of about 2^-250.
func MulSecret(k *modn.Scalar, t *SecretTable) (p Affine) {
	r := recode(k)
	var sum Point
	if tier == IFMA {
		sum = secretLanes(&r, t)
	} else {
		sum = sumSecret(&r, t)
	}
	if sum.ZZ.IsZero() {
		slow := mulChecked(k, &t.rows[0][0])
		return slow.affine()
	}
	var inv Field
	inv.Inv(&sum.ZZZ)
	sum.scale(&p, &inv)
	return p
}

// MulSecretPair returns k times the points of t and u, as [MulSecret] does.
func MulSecretPair(k *modn.Scalar, t, u *SecretTable) (p, q Affine) {
	r := recode(k)
	var sums [2]Point
	if tier == IFMA {
		sums = secretPairLanes(&r, t, u)
	} else {
		sums = [2]Point{sumSecret(&r, t), sumSecret(&r, u)}
	}
	if !finishPair(&p, &q, &sums, true) {
		return MulSecret(k, t), MulSecret(k, u)
	}
	return p, q
}

// sumSecret returns the multiple of t's point, unchecked.
func sumSecret(k *recoded, t *SecretTable) (z Point) {
	p := t.at(0, k)
	z.setAffine(&p)
	for i := 1; i < len(t.rows); i++ {
		p = t.at(i, k)
		z.addAffine(&p)
	}
	return z
}
