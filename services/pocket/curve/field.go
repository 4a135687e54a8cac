package curve

import (
	"encoding/binary"
	"math/bits"

	"github.com/lodeworks/lode/services/pocket/modn"
)

// Field is a number modulo p = 2^256 − 2^32 − 977, four 64-bit limbs, the
// lowest first. Every operation takes any limbs and returns limbs that may
// stand for a number from p to 2^256 − 1; [Field.Reduce] ends that. The zero
// value is 0. No operation here branches on a value or uses one as an index,
// except those whose comment says that it takes a variable time.
type Field [4]uint64

// fold is 2^256 modulo p.
const fold = 1<<32 + 977

// SetBytes reads b, big-endian. It reports whether b is below p; if not, z is
// b all the same.
func (z *Field) SetBytes(b *[32]byte) bool {
	for i := range z {
		z[i] = binary.BigEndian.Uint64(b[24-8*i:])
	}
	_, below := z.lessP()
	return below == 1
}

// Bytes returns the number below p, big-endian.
func (z *Field) Bytes() (b [32]byte) {
	r := *z
	r.Reduce()
	for i := range r {
		binary.BigEndian.PutUint64(b[24-8*i:], r[i])
	}
	return b
}

// lessP returns z − p and 1 if that is negative, that is if z is below p.
func (z *Field) lessP() (d Field, below uint64) {
	var carry uint64
	d[0], carry = bits.Add64(z[0], fold, 0)
	d[1], carry = bits.Add64(z[1], 0, carry)
	d[2], carry = bits.Add64(z[2], 0, carry)
	d[3], carry = bits.Add64(z[3], 0, carry)
	return d, 1 - carry
}

// Reduce brings z below p.
func (z *Field) Reduce() {
	d, below := z.lessP()
	z.pick(-below, z, &d)
}

// pick sets z to x if mask is all ones and to y if it is zero.
func (z *Field) pick(mask uint64, x, y *Field) {
	for i := range z {
		z[i] = y[i] ^ mask&(x[i]^y[i])
	}
}

// IsZero reports whether z is 0 modulo p.
func (z *Field) IsZero() bool {
	r := *z
	r.Reduce()
	return r[0]|r[1]|r[2]|r[3] == 0
}

// IsOdd reports whether the number below p is odd.
func (z *Field) IsOdd() bool {
	r := *z
	r.Reduce()
	return r[0]&1 == 1
}

// Equal reports whether z and x are the same modulo p.
func (z *Field) Equal(x *Field) bool {
	var d Field
	d.Sub(z, x)
	return d.IsZero()
}

// Add sets z = x + y.
func (z *Field) Add(x, y *Field) {
	var c uint64
	z[0], c = bits.Add64(x[0], y[0], 0)
	z[1], c = bits.Add64(x[1], y[1], c)
	z[2], c = bits.Add64(x[2], y[2], c)
	z[3], c = bits.Add64(x[3], y[3], c)
	// A second carry leaves limbs below fold, so a third is impossible.
	c = z.addFold(c)
	z[0] += c * fold
}

// addFold adds c·fold for a carry bit c and returns the next carry.
func (z *Field) addFold(c uint64) uint64 {
	z[0], c = bits.Add64(z[0], c*fold, 0)
	z[1], c = bits.Add64(z[1], 0, c)
	z[2], c = bits.Add64(z[2], 0, c)
	z[3], c = bits.Add64(z[3], 0, c)
	return c
}

// Sub sets z = x − y.
func (z *Field) Sub(x, y *Field) {
	var b uint64
	z[0], b = bits.Sub64(x[0], y[0], 0)
	z[1], b = bits.Sub64(x[1], y[1], b)
	z[2], b = bits.Sub64(x[2], y[2], b)
	z[3], b = bits.Sub64(x[3], y[3], b)
	// A second borrow leaves limbs near 2^256, so a third is impossible.
	b = z.subFold(b)
	z[0] -= b * fold
}

// subFold subtracts b·fold for a borrow bit b and returns the next borrow.
func (z *Field) subFold(b uint64) uint64 {
	z[0], b = bits.Sub64(z[0], b*fold, 0)
	z[1], b = bits.Sub64(z[1], 0, b)
	z[2], b = bits.Sub64(z[2], 0, b)
	z[3], b = bits.Sub64(z[3], 0, b)
	return b
}

// Neg sets z = −x.
func (z *Field) Neg(x *Field) { z.Sub(&Field{}, x) }

// negIf negates z, which is at most p, if mask is all ones, and leaves it if
// mask is zero: p − z is the complement of z and p + 1 more.
func (z *Field) negIf(mask uint64) {
	const above = 1<<64 - fold + 1 // the lowest limb of p + 1; the others are all ones
	var c uint64
	z[0], c = bits.Add64(z[0]^mask, above&mask, 0)
	z[1], c = bits.Add64(z[1]^mask, mask, c)
	z[2], c = bits.Add64(z[2]^mask, mask, c)
	z[3], _ = bits.Add64(z[3]^mask, mask, c)
}

// InvVar sets z = 1/x, and 0 for 0, in a variable time.
func (z *Field) InvVar(x *Field) {
	r := *x
	r.Reduce()
	modn.InverseVar((*[4]uint64)(z), (*[4]uint64)(&r), modn.P)
}

// Inv sets z = 1/x, and 0 for 0.
func (z *Field) Inv(x *Field) {
	r := *x
	r.Reduce()
	modn.Inverse((*[4]uint64)(z), (*[4]uint64)(&r), modn.P)
}

// Sqrt sets z to a square root of x and reports whether there is one. The
// exponent (p + 1)/4 is 223 ones, 0, 22 ones, 0000 11 00 in bits.
func (z *Field) Sqrt(x *Field) bool {
	var x2, x3, x22, x44, x88, t Field
	x2.sqrMul(x, 1, x)
	x3.sqrMul(&x2, 1, x)
	t.sqrMul(&x3, 3, &x3)  // 6
	t.sqrMul(&t, 3, &x3)   // 9
	t.sqrMul(&t, 2, &x2)   // 11
	x22.sqrMul(&t, 11, &t) // 22
	x44.sqrMul(&x22, 22, &x22)
	x88.sqrMul(&x44, 44, &x44)
	t.sqrMul(&x88, 88, &x88) // 176
	t.sqrMul(&t, 44, &x44)   // 220
	t.sqrMul(&t, 3, &x3)     // 223
	t.sqrMul(&t, 23, &x22)
	t.sqrMul(&t, 6, &x2)
	t.sqrN(&t, 2)
	var check Field
	check.Sqr(&t)
	ok := check.Equal(x)
	*z = t
	return ok
}

// sqrN sets z = x^(2^n), n ≥ 1.
func (z *Field) sqrN(x *Field, n int) {
	z.Sqr(x)
	for range n - 1 {
		z.Sqr(z)
	}
}

// sqrMul sets z = x^(2^n)·y, n ≥ 1. y may be z only if x is.
func (z *Field) sqrMul(x *Field, n int, y *Field) {
	m := *y
	z.sqrN(x, n)
	z.Mul(z, &m)
}
