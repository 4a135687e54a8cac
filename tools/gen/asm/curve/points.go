package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A point in memory is four field elements: X, Y, ZZ, ZZZ.
const (
	atX = iota
	atY
	atZZ
	atZZZ
)

// combine is Point.combine of the package: p is the difference of the x
// numerators, r that of the y numerators, both may be dirty, z has X and Y over
// the common denominator.
func (l *lanes) combine(z operand.Mem, p, r fe) {
	pp := l.sqr(p, dirty)
	ppp := l.mul(p, inRegisters(pp), clean)
	l.store(l.mul(pp, l.inMemory(element(z, atZZ)), clean), element(z, atZZ))
	q := l.mul(pp, l.inMemory(element(z, atX)), clean)
	l.store(l.mul(ppp, l.inMemory(element(z, atZZZ)), clean), element(z, atZZZ))
	minusPPP := l.neg(ppp, clean)
	x := l.sqr(r, clean)
	for i := range x {
		l.VPADDQ(minusPPP[i], x[i], x[i])
	}
	l.finish(z, x, q, r, minusPPP)
}

// finish stores X = x − 2q and Y = r·(q − X) + y·w, where y is the Y that is
// there. x is at most the sum of two clean numbers, r and w may be dirty.
func (l *lanes) finish(z operand.Mem, x, q, r, w fe) {
	for i := range x { // + 4p
		l.VPADDQ_BCST(l.multiple(4, i), x[i], x[i])
		l.VPSUBQ(q[i], x[i], x[i])
		l.VPSUBQ(q[i], x[i], x[i])
	}
	x = l.settle(x, clean)
	l.store(x, element(z, atX))
	q = l.minusFE(q, x, dirty)
	t := l.wide()
	l.addProduct(t, r, inRegisters(q))
	l.addProduct(t, w, l.inMemory(element(z, atY)))
	l.store(l.reduce(t, clean), element(z, atY))
}

// addAffine writes addLanes.
func (l *lanes) addAffine() {
	l.routine("addLanes", "func(z *uint64, rows *uint64, neg uint64)",
		"addLanes adds to each lane of z the affine point that rows names, or its negative where the lane's bit of neg is set.")
	z, rows := l.pointer("z"), l.pointer("rows")
	x, y := l.gather(rows)
	s := l.mul(y, l.inMemory(element(z, atZZZ)), clean)
	k, none := l.negMask(), l.zero()
	for i := range s { // ±s − Y + 4p
		l.VPSUBQ(s[i], none, k, s[i])
		l.VPADDQ_BCST(l.multiple(4, i), s[i], s[i])
		l.VPSUBQ(element(z, atY).Offset(64*i), s[i], s[i])
	}
	r := l.settle(s, dirty)
	u := l.mul(x, l.inMemory(element(z, atZZ)), clean)
	p := l.minus(u, element(z, atX), dirty)
	l.combine(z, p, r)
	l.done()
}

// negMask loads argument neg as a mask register.
func (l *lanes) negMask() reg.Register {
	k := l.K()
	bits := l.GP64()
	l.Load(l.Param("neg"), bits)
	l.KMOVB(bits.As32(), k)
	return k
}

// setAffine writes setLanes.
func (l *lanes) setAffine() {
	l.routine("setLanes", "func(z *uint64, rows *uint64, neg uint64)",
		"setLanes sets each lane of z to the affine point that rows names, or its negative where the lane's bit of neg is set.")
	z, rows := l.pointer("z"), l.pointer("rows")
	x, y := l.gather(rows)
	k := l.negMask()
	for i := range 5 {
		l.VPANDQ(l.mask52, x[i], x[i])
		l.VPANDQ(l.mask52, y[i], y[i])
		n := l.ZMM()
		l.VPBROADCASTQ(l.multiple(2, i), n)
		l.VPSUBQ(y[i], n, k, y[i])
	}
	l.store(x, element(z, atX))
	l.store(l.settle(y, clean), element(z, atY))
	one := l.every(1)
	for i := range 10 {
		limb := l.zero()
		if i%5 == 0 {
			limb = one
		}
		l.VMOVDQU64(limb, element(z, atZZ).Offset(64*i))
	}
	l.done()
}

// gather loads eight affine points of eight 64-bit words, turns rows of words
// into lanes, and cuts the 256 bits of x and y into dirty limbs.
func (l *lanes) gather(rows operand.Mem) (x, y fe) {
	words := l.transpose(rows)
	return l.limbs(words[:4]), l.limbs(words[4:])
}

func (l *lanes) limbs(w []reg.VecVirtual) (z fe) {
	z[0] = w[0]
	for i, shift := range []uint64{52, 40, 28} {
		z[i+1] = l.ZMM()
		l.VPSHRDQ(operand.U8(shift), w[i+1], w[i], z[i+1])
	}
	z[4] = l.ZMM()
	l.VPSRLQ(operand.U8(16), w[3], z[4])
	return z
}

// transpose returns eight registers, the k-th with word k of each row.
func (l *lanes) transpose(rows operand.Mem) (words [8]reg.VecVirtual) {
	var even, odd [4]reg.VecVirtual // words 0 2 4 6 and 1 3 5 7 of two rows in turn
	for i := range 4 {
		a, b := l.row(rows, 2*i), l.row(rows, 2*i+1)
		even[i], odd[i] = l.ZMM(), l.ZMM()
		l.VPUNPCKLQDQ(b, a, even[i])
		l.VPUNPCKHQDQ(b, a, odd[i])
	}
	for i, pairs := range [2][4]reg.VecVirtual{even, odd} {
		for h, blocks := range [2]uint64{0x88, 0xdd} { // 128-bit blocks 0 and 2, or 1 and 3
			a, b := l.ZMM(), l.ZMM()
			l.VSHUFI64X2(operand.U8(blocks), pairs[1], pairs[0], a)
			l.VSHUFI64X2(operand.U8(blocks), pairs[3], pairs[2], b)
			lower, upper := l.ZMM(), l.ZMM()
			l.VSHUFI64X2(operand.U8(0x88), b, a, lower)
			l.VSHUFI64X2(operand.U8(0xdd), b, a, upper)
			words[2*h+i], words[2*h+i+4] = lower, upper
		}
	}
	return words
}

// row loads the 64 bytes that pointer i of rows points to.
func (l *lanes) row(rows operand.Mem, i int) reg.VecVirtual {
	at, z := l.GP64(), l.ZMM()
	l.MOVQ(rows.Offset(8*i), at)
	l.VMOVDQU64(operand.Mem{Base: at}, z)
	return z
}

// add writes joinLanes.
func (l *lanes) add() {
	l.routine("joinLanes", "func(z *uint64, q *uint64)", "joinLanes adds to each lane of z the same lane of q.")
	z, q := l.pointer("z"), l.pointer("q")
	cross := func(a, b int) fe { // z.a·q.b in z.a, and q.a·z.b − that
		other := l.mul(l.load(element(q, a)), l.inMemory(element(z, b)), clean)
		l.store(l.mul(l.load(element(z, a)), l.inMemory(element(q, b)), clean), element(z, a))
		return l.minus(other, element(z, a), dirty)
	}
	r := cross(atY, atZZZ)
	p := cross(atX, atZZ)
	for _, at := range []int{atZZ, atZZZ} {
		l.store(l.mul(l.load(element(z, at)), l.inMemory(element(q, at)), clean), element(z, at))
	}
	l.combine(z, p, r)
	l.done()
}

// double writes doubleLanes: Point.double of the package.
func (l *lanes) double() {
	l.routine("doubleLanes", "func(z *uint64)", "doubleLanes doubles each lane of z.")
	z := l.pointer("z")
	u := l.load(element(z, atY))
	for i := range u {
		l.VPADDQ(u[i], u[i], u[i])
	}
	u = l.settle(u, dirty)
	v := l.sqr(u, dirty)
	w := l.mul(u, inRegisters(v), clean)
	l.store(l.mul(v, l.inMemory(element(z, atZZ)), clean), element(z, atZZ))
	s := l.mul(v, l.inMemory(element(z, atX)), clean)
	l.store(l.mul(w, l.inMemory(element(z, atZZZ)), clean), element(z, atZZZ))
	minusW := l.neg(w, dirty)
	m := l.sqr(l.load(element(z, atX)), clean)
	for i := range m { // 3·x²
		twice := l.ZMM()
		l.VPADDQ(m[i], m[i], twice)
		l.VPADDQ(twice, m[i], m[i])
	}
	m = l.settle(m, dirty)
	l.finish(z, l.sqr(m, clean), s, m, minusW)
	l.done()
}

// fields writes the routines on single field elements.
func (l *lanes) fields() {
	l.routine("mulLanes", "func(z *uint64, x *uint64, y *uint64)", "mulLanes sets z = x·y.")
	z, x, y := l.pointer("z"), l.pointer("x"), l.pointer("y")
	l.store(l.mul(l.load(x), l.inMemory(y), clean), z)
	l.done()

	l.routine("sqrLanes", "func(z *uint64, x *uint64, n uint64)", "sqrLanes sets z = x^(2^n), n ≥ 1.")
	z, x = l.pointer("z"), l.pointer("x")
	n := l.Load(l.Param("n"), l.GP64())
	a := l.load(x)
	l.Label("again")
	b := l.sqr(a, clean)
	for i := range a {
		l.VMOVDQA64(b[i], a[i])
	}
	l.DECQ(n)
	l.JNZ(operand.LabelRef("again"))
	l.store(a, z)
	l.done()

	l.routine("turnLanes", "func(z *uint64, x *uint64, order *uint64)", "turnLanes sets lane i of the point z to lane order[i] of x.")
	z, x = l.pointer("z"), l.pointer("x")
	order := l.ZMM()
	l.VMOVDQU64(l.pointer("order"), order)
	for i := range 20 {
		limb := l.ZMM()
		l.VPERMQ(x.Offset(64*i), order, limb)
		l.VMOVDQU64(limb, z.Offset(64*i))
	}
	l.done()
}

// selectRows writes selectLanes.
func (l *lanes) selectRows() {
	l.Function("selectLanes")
	l.Attributes(attr.NOSPLIT)
	l.SignatureExpr("func(z *uint64, rows *uint64, at *uint64)")
	l.Doc("selectLanes copies, for each lane, point at[lane] of the eight in rows[lane]. It reads all of them.")
	z, rows, at := l.pointer("z"), l.pointer("rows"), l.pointer("at")
	var numbers [8]reg.VecVirtual
	for j := range numbers {
		numbers[j] = l.every(uint64(j))
	}
	for lane := range 8 {
		row, number, chosen := l.GP64(), l.ZMM(), l.zero()
		l.MOVQ(rows.Offset(8*lane), row)
		l.VPBROADCASTQ(at.Offset(8*lane), number)
		for j := range numbers {
			k, point := l.K(), l.ZMM()
			l.VPCMPEQQ(number, numbers[j], k)
			l.VMOVDQU64(operand.Mem{Base: row}.Offset(64*j), point)
			l.VMOVDQA64(point, k, chosen) // a masked load might tell by its time what it skipped
		}
		l.VMOVDQU64(chosen, z.Offset(64*lane))
	}
	l.done()
}
