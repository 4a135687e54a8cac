package modn

import "math/bits"

// addMulTo adds q·c to t and returns the carry. q is below 2^32.
func addMulTo(t *[4]uint64, q uint64, c *[3]uint64) (carry uint64) {
	h0, l0 := bits.Mul64(q, c[0])
	h1, l1 := bits.Mul64(q, c[1])
	l1, carry = bits.Add64(l1, h0, 0)
	l2 := q*c[2] + h1 + carry
	t[0], carry = bits.Add64(t[0], l0, 0)
	t[1], carry = bits.Add64(t[1], l1, carry)
	t[2], carry = bits.Add64(t[2], l2, carry)
	t[3], carry = bits.Add64(t[3], 0, carry)
	return carry
}

// subMul subtracts q·c from t and returns the borrow. q is below 2^32.
func subMul(t *[4]uint64, q uint64, c *[3]uint64) (borrow uint64) {
	h0, l0 := bits.Mul64(q, c[0])
	h1, l1 := bits.Mul64(q, c[1])
	l1, carry := bits.Add64(l1, h0, 0)
	l2 := q*c[2] + h1 + carry
	t[0], borrow = bits.Sub64(t[0], l0, 0)
	t[1], borrow = bits.Sub64(t[1], l1, borrow)
	t[2], borrow = bits.Sub64(t[2], l2, borrow)
	t[3], borrow = bits.Sub64(t[3], 0, borrow)
	return borrow
}

// reduceOnce sets out to over·2^256 + t modulo m, for a number below 2·m. over
// is 0 or 1. It reports whether m was subtracted, as 0 or 1.
func reduceOnce(out, t *[4]uint64, over uint64, m *Modulus) uint64 {
	// t − m is t + c − 2^256, and not negative exactly if that carries.
	s0, carry := bits.Add64(t[0], m.c[0], 0)
	s1, carry := bits.Add64(t[1], m.c[1], carry)
	s2, carry := bits.Add64(t[2], m.c[2], carry)
	s3, carry := bits.Add64(t[3], 0, carry)
	take := carry | over
	mask := -take
	out[0] = t[0] ^ (t[0]^s0)&mask
	out[1] = t[1] ^ (t[1]^s1)&mask
	out[2] = t[2] ^ (t[2]^s2)&mask
	out[3] = t[3] ^ (t[3]^s3)&mask
	return take
}
