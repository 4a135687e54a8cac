package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// fe is eight field elements, one in each 64-bit lane, as five limbs of 52
// bits, the lowest first: their value is Σ limbᵢ·2^(52i).
//
// Clean limbs are below 2^52, the top one below 2^48 + 2^5, so the value is
// below 2^256·(1 + 2^-42). Dirty limbs have been carried but not cut: their low
// 52 bits are those of the clean limbs (the top limb is the same), and the
// multiplying instructions look at no others. Factors may be dirty; what is
// added or subtracted is clean. Every result is one of the two.
type fe [5]reg.VecVirtual

// fold is 2^256 modulo p.
const fold = 1<<32 + 977

// lanes writes routines on eight lanes.
type lanes struct {
	*build.Context
	constants map[string]operand.Mem
	mask52    reg.VecVirtual
	mask48    reg.VecVirtual
	fold260   reg.VecVirtual // 2^260 modulo p, 37 bits
	fold256   reg.VecVirtual // 2^256 modulo p, 33 bits
}

// word is a 64-bit constant in read-only memory.
func (l *lanes) word(value uint64) operand.Mem {
	name := fmt.Sprintf("word_%x", value)
	if m, have := l.constants[name]; have {
		return m
	}
	m := l.StaticGlobal(name)
	l.DataAttributes(attr.RODATA | attr.NOPTR)
	l.AddDatum(0, operand.U64(value))
	l.constants[name] = m
	return m
}

// routine starts a function and loads the constants that all need.
func (l *lanes) routine(name, signature, doc string) {
	l.Function(name)
	l.Attributes(attr.NOSPLIT)
	l.SignatureExpr(signature)
	l.Doc(doc)
	l.mask52, l.mask48 = l.every(1<<52-1), l.every(1<<48-1)
	l.fold260, l.fold256 = l.every(16*fold), l.every(fold)
}

// done ends a function. The upper halves are cleared for the code that follows.
func (l *lanes) done() {
	l.VZEROUPPER()
	l.RET()
}

// every is a register with the value in each lane.
func (l *lanes) every(value uint64) reg.VecVirtual {
	z := l.ZMM()
	l.VPBROADCASTQ(l.word(value), z)
	return z
}

// zero is a register of zeros. (Of the instructions that can do it, the
// generator knows only of this one that it does not read its operands.)
func (l *lanes) zero() reg.VecVirtual {
	z := l.ZMM()
	l.VXORPD(z, z, z)
	return z
}

// pointer loads a pointer argument.
func (l *lanes) pointer(name string) operand.Mem {
	return operand.Mem{Base: l.Load(l.Param(name), l.GP64())}
}

// element is the field element number i of an array in memory.
func element(base operand.Mem, i int) operand.Mem { return base.Offset(i * 5 * 64) }

func (l *lanes) load(m operand.Mem) (z fe) {
	for i := range z {
		z[i] = l.ZMM()
		l.VMOVDQU64(m.Offset(64*i), z[i])
	}
	return z
}

func (l *lanes) store(z fe, m operand.Mem) {
	for i := range z {
		l.VMOVDQU64(z[i], m.Offset(64*i))
	}
}

// factor is the second factor of a product: limb j is in a register, at once or
// after a load.
type factor func(j int) reg.VecVirtual

func inRegisters(y fe) factor { return func(j int) reg.VecVirtual { return y[j] } }

func (l *lanes) inMemory(m operand.Mem) factor {
	return func(j int) reg.VecVirtual {
		z := l.ZMM()
		l.VMOVDQU64(m.Offset(64*j), z)
		return z
	}
}

// wide is an unreduced sum of products by columns: its value is Σ tₖ·2^(52k).
type wide [10]reg.VecVirtual

func (l *lanes) wide() (t wide) {
	for k := range t {
		t[k] = l.zero()
	}
	return t
}

// addProduct adds x·y to t. A column grows by at most nine 52-bit halves.
func (l *lanes) addProduct(t wide, x fe, y factor) {
	for j := range 5 {
		yj := y(j)
		for i := range x {
			l.VPMADD52LUQ(x[i], yj, t[i+j])
			l.VPMADD52HUQ(x[i], yj, t[i+j+1])
		}
	}
}

// square is x²: the mixed products once, doubled, and the squares. The columns
// are those of addProduct.
func (l *lanes) square(x fe) wide {
	t := l.wide()
	for i := range x {
		for j := i + 1; j < 5; j++ {
			l.VPMADD52LUQ(x[i], x[j], t[i+j])
			l.VPMADD52HUQ(x[i], x[j], t[i+j+1])
		}
	}
	for k := 1; k < 9; k++ {
		l.VPADDQ(t[k], t[k], t[k])
	}
	for i := range x {
		l.VPMADD52LUQ(x[i], x[i], t[2*i])
		l.VPMADD52HUQ(x[i], x[i], t[2*i+1])
	}
	return t
}

// reduce brings t below 2^256·(1 + 2^-42). t is at most two products of values
// below 2^257, so its columns are below 18·2^52 and its upper half, Σ t₅₊ᵢ·2^(52i)
// without what the lower half still has to carry, is below 2^255.
//
//	carry t₅ … t₈ upwards: dirty limbs, t₉ below 2^47
//	lower half += upper half · fold260: columns below (18 + 2)·2^52
//	the fifth high half, below 2^37, goes the same way into columns 0 and 1
//	settle
func (l *lanes) reduce(t wide, clean bool) fe {
	c := l.ZMM()
	for k := 5; k < 9; k++ {
		l.VPSRLQ(operand.U8(52), t[k], c)
		l.VPADDQ(c, t[k+1], t[k+1])
	}
	top := l.zero()
	for k := range 5 {
		next := top
		if k < 4 {
			next = t[k+1]
		}
		l.VPMADD52LUQ(t[5+k], l.fold260, t[k])
		l.VPMADD52HUQ(t[5+k], l.fold260, next)
	}
	l.VPMADD52LUQ(top, l.fold260, t[0])
	l.VPMADD52HUQ(top, l.fold260, t[1])
	return l.settle(fe(t[:5]), clean)
}

// settle makes limbs below 2^57 dirty or clean ones: what is above 2^256 is
// folded to the bottom, and then one chain of carries, below 2^5 each, leaves
// the top limb below 2^48 + 2^5.
func (l *lanes) settle(z fe, clean bool) fe {
	c := l.ZMM()
	l.VPSRLQ(operand.U8(48), z[4], c)
	l.VPANDQ(l.mask48, z[4], z[4])
	l.VPMADD52LUQ(c, l.fold256, z[0])
	for i := range 4 {
		l.VPSRLQ(operand.U8(52), z[i], c)
		l.VPADDQ(c, z[i+1], z[i+1])
		if clean {
			l.VPANDQ(l.mask52, z[i], z[i])
		}
	}
	return z
}

const (
	dirty = false
	clean = true
)

func (l *lanes) mul(x fe, y factor, clean bool) fe {
	t := l.wide()
	l.addProduct(t, x, y)
	return l.reduce(t, clean)
}

func (l *lanes) sqr(x fe, clean bool) fe { return l.reduce(l.square(x), clean) }

// multiple is limb i of n·p, each limb n times that of p: n − 1 clean limbs can
// be subtracted from it, for n is 2 or 4, n·(2^52 − fold) > (n − 1)·2^52 and
// n·(2^48 − 1) > (n − 1)·(2^48 + 2^5).
func (l *lanes) multiple(n uint64, i int) operand.Mem {
	p := [5]uint64{1<<52 - fold, 1<<52 - 1, 1<<52 - 1, 1<<52 - 1, 1<<48 - 1}
	return l.word(n * p[i])
}

// minus is x − y + 2p.
func (l *lanes) minus(x fe, y operand.Mem, clean bool) fe {
	var z fe
	for i := range z {
		z[i] = l.ZMM()
		l.VPADDQ_BCST(l.multiple(2, i), x[i], z[i])
		l.VPSUBQ(y.Offset(64*i), z[i], z[i])
	}
	return l.settle(z, clean)
}

// minusFE is x − y + 2p, in place of x.
func (l *lanes) minusFE(x, y fe, clean bool) fe {
	for i := range x {
		l.VPADDQ_BCST(l.multiple(2, i), x[i], x[i])
		l.VPSUBQ(y[i], x[i], x[i])
	}
	return l.settle(x, clean)
}

// neg is 2p − x.
func (l *lanes) neg(x fe, clean bool) fe {
	var z fe
	for i := range z {
		z[i] = l.ZMM()
		l.VPBROADCASTQ(l.multiple(2, i), z[i])
		l.VPSUBQ(x[i], z[i], z[i])
	}
	return l.settle(z, clean)
}
