package modn

import "math/bits"

const mask62 = 1<<62 - 1

// num is a signed number of 310 bits in limbs of 62 bits, least significant
// first. All limbs but the last are in [0, 2^62); the last is an int64 and
// carries the sign.
type num [5]uint64

func (z *num) set(x *[4]uint64) {
	z[0] = x[0] & mask62
	z[1] = (x[0]>>62 | x[1]<<2) & mask62
	z[2] = (x[1]>>60 | x[2]<<4) & mask62
	z[3] = (x[2]>>58 | x[3]<<6) & mask62
	z[4] = x[3] >> 56
}

// matrix is what a batch of 62 steps does, times 2^62:
//
//	f, g = (u·f + v·g)/2^62, (q·f + r·g)/2^62
//
// |u| + |v| ≤ 2^62 and |q| + |r| ≤ 2^62.
type matrix struct{ u, v, q, r int64 }

// dot returns u·f + v·g + carry as a signed 128-bit number. f and g are below
// 2^62 and not negative, |u| + |v| ≤ 2^62, so it is below 2^124 + 2^63 in size.
func dot(u, v int64, f, g uint64, carry int64) (hi, lo uint64) {
	h1, l1 := bits.Mul64(uint64(u), f)
	h2, l2 := bits.Mul64(uint64(v), g)
	// Mul64 took a negative u for u + 2^64.
	h1 -= uint64(u>>63) & f
	h2 -= uint64(v>>63) & g
	lo, c := bits.Add64(l1, l2, 0)
	hi = h1 + h2 + c
	lo, c = bits.Add64(lo, uint64(carry), 0)
	return hi + uint64(carry>>63) + c, lo
}

// signs is what dot has to be corrected by in hi for the last limbs, where f and
// g are signed as well.
func signs(u, v int64, f, g uint64) uint64 {
	return uint64(u)&uint64(int64(f)>>63) + uint64(v)&uint64(int64(g)>>63)
}

// shift returns the number hi, lo without its lowest 62 bits. The result has to
// fit an int64.
func shift(hi, lo uint64) int64 { return int64(hi<<2 | lo>>62) }

// combine sets z to (u·f + v·g)/2^62. The division is exact: that is what the
// steps were chosen for.
func (z *num) combine(u, v int64, f, g *num) {
	carry := shift(dot(u, v, f[0], g[0], 0))
	hi, lo := dot(u, v, f[1], g[1], carry)
	z[0], carry = lo&mask62, shift(hi, lo)
	hi, lo = dot(u, v, f[2], g[2], carry)
	z[1], carry = lo&mask62, shift(hi, lo)
	hi, lo = dot(u, v, f[3], g[3], carry)
	z[2], carry = lo&mask62, shift(hi, lo)
	hi, lo = dot(u, v, f[4], g[4], carry)
	hi -= signs(u, v, f[4], g[4])
	z[3], z[4] = lo&mask62, uint64(shift(hi, lo))
}

// addMul returns the number hi, lo plus k·c.
func addMul(hi, lo, k, c uint64) (sumHi, sumLo uint64) {
	h, l := bits.Mul64(k, c)
	sumLo, carry := bits.Add64(lo, l, 0)
	sumHi, _ = bits.Add64(hi, h, carry)
	return sumHi, sumLo
}

// combineMod sets z to (u·d + v·e)/2^62 modulo m. It subtracts the multiple k·m,
// 0 ≤ k < 2^62, that makes the division exact, as + k·c − k·2^256 with
// c = 2^256 − m. So if |d| and |e| are at most b·m, then |z| ≤ (b+1)·m; nothing
// has to be reduced in between, ten batches from 0 and 1 stay within 11·m.
func (z *num) combineMod(u, v int64, d, e *num, m *Modulus) {
	hi, lo := dot(u, v, d[0], e[0], 0)
	k := (lo * m.inv) & mask62
	hi, lo = addMul(hi, lo, k, m.c62[0])
	hi, lo = dot(u, v, d[1], e[1], shift(hi, lo))
	hi, lo = addMul(hi, lo, k, m.c62[1])
	z[0] = lo & mask62
	hi, lo = dot(u, v, d[2], e[2], shift(hi, lo))
	hi, lo = addMul(hi, lo, k, m.c62[2])
	z[1] = lo & mask62
	hi, lo = dot(u, v, d[3], e[3], shift(hi, lo))
	z[2] = lo & mask62
	hi, lo = dot(u, v, d[4], e[4], shift(hi, lo))
	lo, borrow := bits.Sub64(lo, k<<8, 0) // the last limb starts at 2^248
	hi -= k>>56 + borrow + signs(u, v, d[4], e[4])
	z[3], z[4] = lo&mask62, uint64(shift(hi, lo))
}

// negateIf sets z to −z if mask is all ones, and leaves it if mask is 0.
func (z *num) negateIf(mask uint64) {
	var carry int64
	for i := range 4 {
		t := int64((z[i]^mask)-mask) + carry
		z[i], carry = uint64(t)&mask62, t>>62
	}
	z[4] = (z[4] ^ mask) - mask + uint64(carry)
}

// reduce sets out to z modulo m, for |z| < 15·m.
func (z *num) reduce(out *[4]uint64, m *Modulus) {
	// z + 16·m is between m and 31·m, so its part above 2^256, q, is below 32.
	// 16·m is 2^260 − 16·c.
	var t [4]uint64
	q := z.pack(&t)
	q += 16
	q -= subMul(&t, 16, &m.c)
	// Now q·2^256 + t is the same as t + q·c, below 2^256 + 32·c.
	over := addMulTo(&t, q, &m.c)
	reduceOnce(out, &t, over, m)
}

// pack writes the lowest 256 bits of z to t and returns the bits above, signed.
func (z *num) pack(t *[4]uint64) (top uint64) {
	t[0] = z[0] | z[1]<<62
	t[1] = z[1]>>2 | z[2]<<60
	t[2] = z[2]>>4 | z[3]<<58
	t[3] = z[3]>>6 | z[4]<<56
	return uint64(int64(z[4]) >> 8)
}
