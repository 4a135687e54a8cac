package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// words writes routines on one field element of four 64-bit limbs. MULX leaves
// the flags alone, and ADCX and ADOX carry in one flag each: the lower and the
// upper halves of a row of products are added side by side.
type words struct{ *build.Context }

func writeWords(c *build.Context) {
	w := words{c}
	w.routine("mulADX", "func(z *[4]uint64, x *[4]uint64, y *[4]uint64)", "mulADX sets z = x·y.")
	x, y := w.pointer("x"), w.pointer("y")
	t := w.product(x, y)
	w.fold(t, w.pointer("z"))
	w.RET()

	w.routine("sqrADX", "func(z *[4]uint64, x *[4]uint64)", "sqrADX sets z = x².")
	t = w.square(w.pointer("x"))
	w.fold(t, w.pointer("z"))
	w.RET()

	w.addAffine()
}

// addAffine writes Point.addAffine of the package as one routine.
func (w words) addAffine() {
	w.routine("addAffineADX", "func(z *[4][4]uint64, q *[2][4]uint64)", "addAffineADX adds an affine point to z, as Point.addAffine does.")
	z, q := w.pointer("z"), w.pointer("q")
	at := func(base operand.Mem, i int) operand.Mem { return base.Offset(32 * i) }
	var p, r, pp, ppp, m operand.Mem
	for _, local := range []*operand.Mem{&p, &r, &pp, &ppp, &m} {
		*local = w.AllocLocal(32)
	}
	w.mul(p, at(q, atX), at(z, atZZ))
	w.mul(r, at(q, atY), at(z, atZZZ))
	w.sub(p, p, at(z, atX))
	w.sub(r, r, at(z, atY))
	w.sqr(pp, p)
	w.mul(ppp, p, pp)
	w.mul(m, at(z, atX), pp)
	w.mul(at(z, atZZ), at(z, atZZ), pp)
	w.mul(at(z, atZZZ), at(z, atZZZ), ppp)
	w.mul(at(z, atY), at(z, atY), ppp)
	w.sqr(pp, r)
	w.subTwice(at(z, atX), pp, ppp, m)
	w.sub(m, m, at(z, atX))
	w.mul(m, m, r)
	w.sub(at(z, atY), m, at(z, atY))
	w.RET()
}

func (w words) mul(z, x, y operand.Mem) { w.fold(w.product(x, y), z) }

func (w words) sqr(z, x operand.Mem) { w.fold(w.square(x), z) }

// sub stores x − y in z, as Field.Sub of the package does.
func (w words) sub(z, x, y operand.Mem) {
	var t [4]reg.GPVirtual
	for i := range t {
		t[i] = w.GP64()
		w.MOVQ(x.Offset(8*i), t[i])
	}
	w.SUBQ(y, t[0])
	for i := 1; i < 4; i++ {
		w.SBBQ(y.Offset(8*i), t[i])
	}
	w.SUBQ(w.foldIfCarry(), t[0])
	for i := 1; i < 4; i++ {
		w.SBBQ(operand.U8(0), t[i])
	}
	w.SUBQ(w.foldIfCarry(), t[0])
	for i := range t {
		w.MOVQ(t[i], z.Offset(8*i))
	}
}

// subTwice stores x − y − 2m in z. y + 2m has a fifth limb of at most 2, and the
// borrow makes at most 3 of it, which are folded; a second borrow leaves limbs
// near 2^256, so a third is impossible.
func (w words) subTwice(z, x, y, m operand.Mem) {
	var s, t [4]reg.GPVirtual
	for i := range s {
		s[i], t[i] = w.GP64(), w.GP64()
		w.MOVQ(m.Offset(8*i), s[i])
		w.MOVQ(x.Offset(8*i), t[i])
	}
	top := w.zero()
	w.ADDQ(s[0], s[0])
	for i := 1; i < 4; i++ {
		w.ADCQ(s[i], s[i])
	}
	w.ADCQ(operand.U8(0), top)
	w.ADDQ(y, s[0])
	for i := 1; i < 4; i++ {
		w.ADCQ(y.Offset(8*i), s[i])
	}
	w.ADCQ(operand.U8(0), top)
	w.SUBQ(s[0], t[0])
	for i := 1; i < 4; i++ {
		w.SBBQ(s[i], t[i])
	}
	w.ADCQ(operand.U8(0), top)
	factor := w.GP64()
	w.MOVQ(operand.U64(fold), factor)
	w.IMULQ(factor, top)
	w.SUBQ(top, t[0])
	for i := 1; i < 4; i++ {
		w.SBBQ(operand.U8(0), t[i])
	}
	w.SUBQ(w.foldIfCarry(), t[0])
	for i := range t {
		w.MOVQ(t[i], z.Offset(8*i))
	}
}

// foldIfCarry is 2^256 modulo p if the carry flag is set, and else 0.
func (w words) foldIfCarry() reg.GPVirtual {
	mask, value := w.GP64(), w.GP64()
	w.SBBQ(mask, mask)
	w.MOVQ(operand.U64(fold), value)
	w.ANDQ(value, mask)
	return mask
}

func (w words) routine(name, signature, doc string) {
	w.Function(name)
	w.Attributes(attr.NOSPLIT)
	w.SignatureExpr(signature)
	w.Doc(doc)
}

func (w words) pointer(name string) operand.Mem {
	return operand.Mem{Base: w.Load(w.Param(name), w.GP64())}
}

// wide64 is eight limbs.
type wide64 [8]reg.GPVirtual

// zero clears a register, and both carry flags.
func (w words) zero() reg.GPVirtual {
	z := w.GP64()
	w.XORQ(z, z)
	return z
}

// product is x·y, row by row.
func (w words) product(x, y operand.Mem) (t wide64) {
	w.MOVQ(x, reg.RDX)
	t[0], t[1] = w.GP64(), w.GP64()
	w.MULXQ(y, t[0], t[1])
	for j := 1; j < 4; j++ {
		lo := w.GP64()
		t[j+1] = w.GP64()
		w.MULXQ(y.Offset(8*j), lo, t[j+1])
		if j == 1 {
			w.ADDQ(lo, t[j])
		} else {
			w.ADCQ(lo, t[j])
		}
	}
	w.ADCQ(operand.U8(0), t[4])
	for i := 1; i < 4; i++ {
		w.MOVQ(x.Offset(8*i), reg.RDX)
		t[i+4] = w.zero()
		w.addRow(t[i:i+5], func(j int) operand.Op { return y.Offset(8 * j) })
	}
	return t
}

// addRow adds RDX times four limbs to t, five limbs of which the last is zero.
// Both carry flags are clear before.
func (w words) addRow(t []reg.GPVirtual, limb func(int) operand.Op) {
	lo, hi, none := w.GP64(), w.GP64(), w.GP64()
	for j := range 4 {
		w.MULXQ(limb(j), lo, hi)
		w.ADCXQ(lo, t[j])
		w.ADOXQ(hi, t[j+1])
	}
	w.MOVQ(operand.U32(0), none)
	w.ADCXQ(none, t[4])
}

// square is x²: the mixed products, and then at once their doubling in one
// carry chain and the squares in the other.
func (w words) square(x operand.Mem) (t wide64) {
	for i := range t {
		t[i] = w.GP64()
	}
	lo, hi := w.GP64(), w.GP64()
	w.MOVQ(x, reg.RDX)
	w.MULXQ(x.Offset(8), t[1], t[2])
	w.MULXQ(x.Offset(16), lo, t[3])
	w.ADDQ(lo, t[2])
	w.MULXQ(x.Offset(24), lo, t[4])
	w.ADCQ(lo, t[3])
	w.ADCQ(operand.U8(0), t[4])
	w.MOVQ(x.Offset(8), reg.RDX)
	w.XORQ(t[5], t[5])
	for j := 2; j < 4; j++ {
		w.MULXQ(x.Offset(8*j), lo, hi)
		w.ADCXQ(lo, t[j+1])
		w.ADOXQ(hi, t[j+2])
	}
	w.MOVQ(x.Offset(16), reg.RDX)
	w.MULXQ(x.Offset(24), lo, t[6])
	w.ADCXQ(lo, t[5])
	w.MOVQ(operand.U32(0), hi)
	w.ADCXQ(hi, t[6])
	w.XORQ(t[7], t[7])
	for i := range 4 {
		w.MOVQ(x.Offset(8*i), reg.RDX)
		if i == 0 {
			w.MULXQ(reg.RDX, t[0], hi)
		} else {
			w.MULXQ(reg.RDX, lo, hi)
			w.ADCXQ(t[2*i], t[2*i])
			w.ADOXQ(lo, t[2*i])
		}
		w.ADCXQ(t[2*i+1], t[2*i+1])
		w.ADOXQ(hi, t[2*i+1])
	}
	return t
}

// fold stores t modulo p in z, as foldWide of the package does.
func (w words) fold(t wide64, z operand.Mem) {
	w.MOVQ(operand.U64(fold), reg.RDX)
	low := append([]reg.GPVirtual{}, t[:4]...)
	low = append(low, w.zero())
	w.addRow(low, func(j int) operand.Op { return t[4+j] })
	lo, hi := w.GP64(), w.GP64()
	w.MULXQ(low[4], lo, hi)
	w.ADDQ(lo, t[0])
	w.ADCQ(hi, t[1])
	w.ADCQ(operand.U8(0), t[2])
	w.ADCQ(operand.U8(0), t[3])
	w.ADDQ(w.foldIfCarry(), t[0])
	w.ADCQ(operand.U8(0), t[1])
	for i := range 4 {
		w.MOVQ(t[i], z.Offset(8*i))
	}
}
