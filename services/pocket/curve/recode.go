package curve

import (
	"math/bits"

	"github.com/lodeworks/lode/services/pocket/modn"
)

// order is the number of points, N.
var order = [4]uint64{0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, 0xffffffffffffffff}

// recoded is a scalar as 256 signs. An odd k below 2^256 is
//
//	k = Σ (2·tᵢ − 1)·2ⁱ,  i = 0 … 255,  where t = (k − 1)/2 + 2²⁵⁵
//
// and tᵢ are the bits of t. A window of w bits with the value v is the digit
// 2v − (2ʷ − 1): odd, never zero, of either sign alike. An even k is taken as
// N − k, which is odd, and the sum negated; for k = 0 that is N itself, whose
// sum is infinity, which the sums notice. Nothing here branches on k or uses
// it as an index, so this serves secrets too.
type recoded struct {
	t   [4]uint64
	neg uint64 // all ones if the sum is to be negated
}

func recode(k *modn.Scalar) (r recoded) {
	var n [4]uint64
	var b uint64
	for i := range n {
		n[i], b = bits.Sub64(order[i], k[i], b)
	}
	r.neg = k[0]&1 - 1
	for i := range n {
		n[i] = k[i] ^ r.neg&(k[i]^n[i])
	}
	for i := range 3 {
		r.t[i] = n[i]>>1 | n[i+1]<<63
	}
	r.t[3] = n[3]>>1 | 1<<63
	return r
}

// byteAt returns the digit of window i of 8 bits: which of the multiples
// 1, 3, … 255, counted from 0, and all ones if it is subtracted.
func (r *recoded) byteAt(i int) (at, neg uint64) {
	v := r.t[i/8] >> (i % 8 * 8) & 255
	low := v>>7 - 1 // all ones for a negative digit
	return (v ^ low) & 127, low ^ r.neg
}

// nibbleAt is byteAt for windows of 4 bits and multiples 1, 3, … 15.
func (r *recoded) nibbleAt(i int) (at, neg uint64) {
	v := r.t[i/16] >> (i % 16 * 4) & 15
	low := v>>3 - 1
	return (v ^ low) & 7, low ^ r.neg
}
