package curve

import (
	"math/bits"

	"github.com/lodeworks/lode/services/pocket/modn"
)

// shortWindows is how many windows of 4 bits a short number has.
const shortWindows = 33

// short is an odd number below 2^132 of either sign, recoded as a [recoded] is
// with 132 signs.
type short struct {
	t   [3]uint64
	neg uint64
}

// nibbleAt returns the digit of window i of 4 bits: which of the multiples
// 1, 3, … 15, counted from 0, and all ones if it is subtracted.
func (r *short) nibbleAt(i int) (at, neg uint64) {
	v := r.t[i/16] >> (i % 16 * 4) & 15
	low := v>>3 - 1
	return (v ^ low) & 7, low ^ r.neg
}

// signed is a number of up to 192 bits in two's complement.
type signed [3]uint64

func (z *signed) add(x *signed) {
	var c uint64
	for i := range z {
		z[i], c = bits.Add64(z[i], x[i], c)
	}
}

func (z *signed) negate() {
	var b uint64
	for i := range z {
		z[i], b = bits.Sub64(0, z[i], b)
	}
}

// lattice1 and lattice2 are the two short pairs (a, b) with a + b·λ = 0 modulo N
// that everybody uses. Modulo 2 they are (1, 1) and (0, 1): adding them makes
// any pair odd, odd. |a| + |b| is below 2^129.
var (
	lattice1 = [2]signed{{0xe86c90e49284eb15, 0x3086d221a7d46bcd, 0}, minus(0x6f547fa90abfe4c3, 0xe4437ed6010e8828)}
	lattice2 = [2]signed{{0x57c1108d9d44cfd8, 0x14ca50f7a8e2f3f6, 1}, {0xe86c90e49284eb15, 0x3086d221a7d46bcd, 0}}
)

func minus(lo, hi uint64) signed {
	z := signed{lo, hi, 0}
	z.negate()
	return z
}

// splitOdd returns two odd numbers a, b below 2^131 with k = a + b·λ modulo N.
func splitOdd(k *modn.Scalar) (a, b short) {
	pair := splitPair(k)
	if pair[0][0]&1 == 0 {
		pair[0].add(&lattice1[0])
		pair[1].add(&lattice1[1])
	}
	if pair[1][0]&1 == 0 {
		pair[0].add(&lattice2[0])
		pair[1].add(&lattice2[1])
	}
	return pair[0].recode(), pair[1].recode()
}

// recode recodes an odd number below 2^132.
func (z signed) recode() (r short) {
	if z[2]>>63 == 1 {
		r.neg = ^uint64(0)
		z.negate()
	}
	r.t = [3]uint64{z[0]>>1 | z[1]<<63, z[1]>>1 | z[2]<<63, z[2]>>1 | 1<<(4*shortWindows-1-128)}
	return r
}

// splitPair returns two numbers below 2^128 of either sign, k = a + b·λ.
func splitPair(k *modn.Scalar) (pair [2]signed) {
	a, b, negA, negB := modn.Split(k)
	pair = [2]signed{{a[0], a[1]}, {b[0], b[1]}}
	if negA {
		pair[0].negate()
	}
	if negB {
		pair[1].negate()
	}
	return pair
}
