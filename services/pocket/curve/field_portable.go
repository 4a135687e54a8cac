package curve

import "math/bits"

// mulPortable sets z = x·y: the rows of the schoolbook product, one limb of x
// each, and then the upper half folded into the lower.
func mulPortable(z, x, y *Field) {
	x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
	t0, t1, t2, t3, t4 := row(0, 0, 0, 0, x0, y)
	t1, t2, t3, t4, t5 := row(t1, t2, t3, t4, x1, y)
	t2, t3, t4, t5, t6 := row(t2, t3, t4, t5, x2, y)
	t3, t4, t5, t6, t7 := row(t3, t4, t5, t6, x3, y)
	foldWide(z, t0, t1, t2, t3, t4, t5, t6, t7)
}

// row returns t + x·y, five limbs: at most 2^256 − 1 + (2^64 − 1)(2^256 − 1).
func row(t0, t1, t2, t3, x uint64, y *Field) (r0, r1, r2, r3, r4 uint64) {
	h0, l0 := bits.Mul64(x, y[0])
	h1, l1 := bits.Mul64(x, y[1])
	h2, l2 := bits.Mul64(x, y[2])
	h3, l3 := bits.Mul64(x, y[3])
	var c uint64
	l1, c = bits.Add64(l1, h0, 0)
	l2, c = bits.Add64(l2, h1, c)
	l3, c = bits.Add64(l3, h2, c)
	h3, _ = bits.Add64(h3, 0, c)
	r0, c = bits.Add64(t0, l0, 0)
	r1, c = bits.Add64(t1, l1, c)
	r2, c = bits.Add64(t2, l2, c)
	r3, c = bits.Add64(t3, l3, c)
	r4, _ = bits.Add64(h3, 0, c)
	return r0, r1, r2, r3, r4
}

// foldWide sets z to t modulo p. One fold leaves a fifth limb of at most 34
// bits, the second at most one carry, and with it a number below 2^67: the
// third fold carries into the second limb and no further.
func foldWide(z *Field, t0, t1, t2, t3, t4, t5, t6, t7 uint64) {
	h0, l0 := bits.Mul64(t4, fold)
	h1, l1 := bits.Mul64(t5, fold)
	h2, l2 := bits.Mul64(t6, fold)
	h3, l3 := bits.Mul64(t7, fold)
	var c uint64
	l1, c = bits.Add64(l1, h0, 0)
	l2, c = bits.Add64(l2, h1, c)
	l3, c = bits.Add64(l3, h2, c)
	h3, _ = bits.Add64(h3, 0, c)
	t0, c = bits.Add64(t0, l0, 0)
	t1, c = bits.Add64(t1, l1, c)
	t2, c = bits.Add64(t2, l2, c)
	t3, c = bits.Add64(t3, l3, c)
	h0, l0 = bits.Mul64(h3+c, fold)
	t0, c = bits.Add64(t0, l0, 0)
	t1, c = bits.Add64(t1, h0, c)
	t2, c = bits.Add64(t2, 0, c)
	t3, c = bits.Add64(t3, 0, c)
	t0, c = bits.Add64(t0, c*fold, 0)
	z[0], z[1], z[2], z[3] = t0, t1+c, t2, t3
}

// sqrPortable sets z = x²: each mixed product once, doubled, and the squares.
func sqrPortable(z, x *Field) {
	x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
	h01, l01 := bits.Mul64(x0, x1)
	h02, l02 := bits.Mul64(x0, x2)
	h03, l03 := bits.Mul64(x0, x3)
	h12, l12 := bits.Mul64(x1, x2)
	h13, l13 := bits.Mul64(x1, x3)
	h23, l23 := bits.Mul64(x2, x3)
	var c uint64
	t1 := l01
	t2, c := bits.Add64(l02, h01, 0)
	t3, c := bits.Add64(l03, h02, c)
	t4, c := bits.Add64(l13, h03, c)
	t5, c := bits.Add64(l23, h13, c)
	t6, _ := bits.Add64(h23, 0, c)
	t3, c = bits.Add64(t3, l12, 0)
	t4, c = bits.Add64(t4, h12, c)
	t5, c = bits.Add64(t5, 0, c)
	t6, _ = bits.Add64(t6, 0, c)
	t7 := t6 >> 63
	t6, t5, t4 = t6<<1|t5>>63, t5<<1|t4>>63, t4<<1|t3>>63
	t3, t2, t1 = t3<<1|t2>>63, t2<<1|t1>>63, t1<<1
	h00, t0 := bits.Mul64(x0, x0)
	h11, l11 := bits.Mul64(x1, x1)
	h22, l22 := bits.Mul64(x2, x2)
	h33, l33 := bits.Mul64(x3, x3)
	t1, c = bits.Add64(t1, h00, 0)
	t2, c = bits.Add64(t2, l11, c)
	t3, c = bits.Add64(t3, h11, c)
	t4, c = bits.Add64(t4, l22, c)
	t5, c = bits.Add64(t5, h22, c)
	t6, c = bits.Add64(t6, l33, c)
	t7, _ = bits.Add64(t7, h33, c)
	foldWide(z, t0, t1, t2, t3, t4, t5, t6, t7)
}
