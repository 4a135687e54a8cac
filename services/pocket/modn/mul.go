package modn

import "math/bits"

// 2^256 − N, a number of 129 bits, is c2·2^128 + c1·2^64 + c0 with c2 = 1.
const c0, c1 = 0x402da1732fc9bebf, 0x4551231950b75fc4

// mulAdd returns x·y + a + b, which cannot overflow.
func mulAdd(x, y, a, b uint64) (hi, lo uint64) {
	hi, lo = bits.Mul64(x, y)
	lo, carry := bits.Add64(lo, a, 0)
	hi += carry
	lo, carry = bits.Add64(lo, b, 0)
	return hi + carry, lo
}

// mulWide sets w to x·y, least significant limb first.
func mulWide(w *[8]uint64, x, y *Scalar) {
	y0, y1, y2, y3 := y[0], y[1], y[2], y[3]
	var h, w0, w1, w2, w3 uint64
	k := x[0]
	h, w[0] = bits.Mul64(k, y0)
	h, w0 = mulAdd(k, y1, h, 0)
	h, w1 = mulAdd(k, y2, h, 0)
	w3, w2 = mulAdd(k, y3, h, 0)
	k = x[1]
	h, w[1] = mulAdd(k, y0, w0, 0)
	h, w0 = mulAdd(k, y1, w1, h)
	h, w1 = mulAdd(k, y2, w2, h)
	w3, w2 = mulAdd(k, y3, w3, h)
	k = x[2]
	h, w[2] = mulAdd(k, y0, w0, 0)
	h, w0 = mulAdd(k, y1, w1, h)
	h, w1 = mulAdd(k, y2, w2, h)
	w3, w2 = mulAdd(k, y3, w3, h)
	k = x[3]
	h, w[3] = mulAdd(k, y0, w0, 0)
	h, w[4] = mulAdd(k, y1, w1, h)
	h, w[5] = mulAdd(k, y2, w2, h)
	w[7], w[6] = mulAdd(k, y3, w3, h)
}

// reduce sets s to w modulo N, folding what is above 2^256 three times: it
// counts c = 2^256 − N there.
func (s *Scalar) reduce(w *[8]uint64) {
	// 512 bits to 385: the number is below (1 + c)·2^256 now.
	w4, w5, w6, w7 := w[4], w[5], w[6], w[7]
	h, t0 := mulAdd(w4, c0, w[0], 0)
	h, t1 := mulAdd(w5, c0, w[1], h)
	h, t2 := mulAdd(w6, c0, w[2], h)
	h, t3 := mulAdd(w7, c0, w[3], h)
	t4 := h
	h, t1 = mulAdd(w4, c1, t1, 0)
	h, t2 = mulAdd(w5, c1, t2, h)
	h, t3 = mulAdd(w6, c1, t3, h)
	t5, t4 := mulAdd(w7, c1, t4, h)
	t2, carry := bits.Add64(t2, w4, 0)
	t3, carry = bits.Add64(t3, w5, carry)
	t4, carry = bits.Add64(t4, w6, carry)
	t5, t6 := bits.Add64(t5, w7, carry)

	// 385 bits to 258: t6 was at most 1, over will be at most 2.
	h, t0 = mulAdd(t4, c0, t0, 0)
	h, t1 = mulAdd(t5, c0, t1, h)
	h, t2 = mulAdd(t6, c0, t2, h)
	t3, over := bits.Add64(t3, h, 0)
	h, t1 = mulAdd(t4, c1, t1, 0)
	h, t2 = mulAdd(t5, c1, t2, h)
	t3, carry = bits.Add64(t3, t6*c1, 0)
	over += carry
	t3, carry = bits.Add64(t3, h, 0)
	over += carry
	t2, carry = bits.Add64(t2, t4, 0)
	t3, carry = bits.Add64(t3, t5, carry)
	over += t6 + carry

	// Below 2^256 + 3·c, which is less than 2·N.
	t := [4]uint64{t0, t1, t2, t3}
	over = addMulTo(&t, over, &N.c)
	reduceOnce((*[4]uint64)(s), &t, over, N)
}
