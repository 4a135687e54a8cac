package modn

import "math/bits"

// Lambda is a cube root of 1 modulo N: Lambda·(x, y) = (β·x, y) for the points
// of the curve, with β a cube root of 1 modulo P.
var Lambda = Scalar{0xdf02967c1b23bd72, 0x122e22ea20816678, 0xa5261c028812645a, 0x5363ad4cc05c30e0}

// The lattice of pairs (x, y) with x + y·Lambda = 0 (mod N) has the short basis
// (a1, b1), (a2, b2), found in Guide to Elliptic Curve Cryptography, §3.5, of
// determinant a1·b2 − a2·b1 = N. b2 = a1, b1 is negative.
var (
	a1      = [3]uint64{0xe86c90e49284eb15, 0x3086d221a7d46bcd, 0}
	minusB1 = [3]uint64{0x6f547fa90abfe4c3, 0xe4437ed6010e8828, 0}
	a2      = [3]uint64{0x57c1108d9d44cfd8, 0x14ca50f7a8e2f3f6, 1}
	// g1 and g2 are b2 and −b1 times 2^384/N, rounded.
	g1 = Scalar{0xe893209a45dbb031, 0x3daa8a1471e8ca7f, 0xe86c90e49284eb15, 0x3086d221a7d46bcd}
	g2 = Scalar{0x1571b4ae8ac47f71, 0x221208ac9df506c6, 0x6f547fa90abfe4c4, 0xe4437ed6010e8828}
)

// Split returns numbers with k = ±k1 ± k2·Lambda (mod N), negative where neg1
// or neg2 say so, both below 2^128.
//
// Why they are: k·(1, 0) is x1·(a1, b1) + x2·(a2, b2) with x1 = k·b2/N and
// x2 = −k·b1/N. With c1, c2 the nearest integers, (k1, k2) = (k, 0) −
// c1·(a1, b1) − c2·(a2, b2) stands for k as well. Each c is within 1/2 + 2^-129
// of its x: g is within 1/2 of its value, which counts k/2^384 < 2^-128 times.
// So |k1| is at most (1/2 + 2^-129)·(a1 + a2) = 0.636·2^128, and |k2| at most
// (1/2 + 2^-129)·(b2 − b1) = 0.541·2^128.
func Split(k *Scalar) (k1, k2 [2]uint64, neg1, neg2 bool) {
	c1, c2 := scale(k, &g1), scale(k, &g2)
	// Both fit 192 bits with their sign, so all is done modulo 2^192.
	x := sub192([3]uint64(k[:3]), mul192(&c1, &a1))
	k1, neg1 = magnitude(sub192(x, mul192(&c2, &a2)))
	k2, neg2 = magnitude(sub192(mul192(&c1, &minusB1), mul192(&c2, &a1)))
	return k1, k2, neg1, neg2
}

// scale returns k·g/2^384, rounded to the nearest integer.
func scale(k, g *Scalar) (c [2]uint64) {
	var w [8]uint64
	mulWide(&w, k, g)
	var carry uint64
	c[0], carry = bits.Add64(w[6], w[5]>>63, 0)
	c[1] = w[7] + carry
	return c
}

// mul192 returns x·y modulo 2^192.
func mul192(x *[2]uint64, y *[3]uint64) (z [3]uint64) {
	var h uint64
	h, z[0] = bits.Mul64(x[0], y[0])
	h, z[1] = mulAdd(x[0], y[1], h, 0)
	z[2] = h + x[0]*y[2]
	h, z[1] = mulAdd(x[1], y[0], z[1], 0)
	z[2] += h + x[1]*y[1]
	return z
}

// sub192 returns x − y modulo 2^192.
func sub192(x, y [3]uint64) (z [3]uint64) {
	var borrow uint64
	z[0], borrow = bits.Sub64(x[0], y[0], 0)
	z[1], borrow = bits.Sub64(x[1], y[1], borrow)
	z[2], _ = bits.Sub64(x[2], y[2], borrow)
	return z
}

// magnitude returns the size and sign of x, a signed number below 2^128 in size.
func magnitude(x [3]uint64) (size [2]uint64, negative bool) {
	sign := uint64(int64(x[2]) >> 63)
	var borrow uint64
	size[0], borrow = bits.Sub64(x[0]^sign, sign, 0)
	size[1], _ = bits.Sub64(x[1]^sign, sign, borrow)
	return size, sign != 0
}
