package modn

import (
	"encoding/binary"
	"math/bits"
)

// The limbs of the group order.
const n0, n1, n2, n3 = 0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, 0xffffffffffffffff

// Scalar is a number modulo the group order [N], least significant limb first,
// always below it. The zero value is 0. Methods set their receiver and return
// it; it may be one of the arguments.
type Scalar [4]uint64

// half is (N − 1)/2.
var half = Scalar{0xdfe92f46681b20a0, 0x5d576e7357a4501d, ^uint64(0), ^uint64(0) >> 1}

// FromBytes returns the big-endian number b modulo N, and whether b was below N.
func FromBytes(b *[32]byte) (s Scalar, ok bool) {
	t := [4]uint64{
		binary.BigEndian.Uint64(b[24:]),
		binary.BigEndian.Uint64(b[16:]),
		binary.BigEndian.Uint64(b[8:]),
		binary.BigEndian.Uint64(b[:]),
	}
	subtracted := reduceOnce((*[4]uint64)(&s), &t, 0, N)
	return s, subtracted == 0
}

// ReduceWide returns the big-endian number b modulo N.
func ReduceWide(b *[64]byte) (s Scalar) {
	var w [8]uint64
	for i := range w {
		w[i] = binary.BigEndian.Uint64(b[56-8*i:])
	}
	s.reduce(&w)
	return s
}

// Bytes returns s, big-endian.
func (s *Scalar) Bytes() (b [32]byte) {
	binary.BigEndian.PutUint64(b[:], s[3])
	binary.BigEndian.PutUint64(b[8:], s[2])
	binary.BigEndian.PutUint64(b[16:], s[1])
	binary.BigEndian.PutUint64(b[24:], s[0])
	return b
}

// IsZero reports whether s is 0.
func (s *Scalar) IsZero() bool { return s[0]|s[1]|s[2]|s[3] == 0 }

// Equal reports whether s and x are the same number.
func (s *Scalar) Equal(x *Scalar) bool {
	return (s[0]^x[0])|(s[1]^x[1])|(s[2]^x[2])|(s[3]^x[3]) == 0
}

// IsHigh reports whether s is above half the order, (N − 1)/2.
func (s *Scalar) IsHigh() bool { return s.high() != 0 }

// high returns 1 if s is above half the order, else 0.
func (s *Scalar) high() uint64 {
	_, borrow := bits.Sub64(half[0], s[0], 0)
	_, borrow = bits.Sub64(half[1], s[1], borrow)
	_, borrow = bits.Sub64(half[2], s[2], borrow)
	_, borrow = bits.Sub64(half[3], s[3], borrow)
	return borrow
}

// Add sets s to x + y.
func (s *Scalar) Add(x, y *Scalar) *Scalar {
	var t [4]uint64
	var carry uint64
	t[0], carry = bits.Add64(x[0], y[0], 0)
	t[1], carry = bits.Add64(x[1], y[1], carry)
	t[2], carry = bits.Add64(x[2], y[2], carry)
	t[3], carry = bits.Add64(x[3], y[3], carry)
	reduceOnce((*[4]uint64)(s), &t, carry, N)
	return s
}

// Neg sets s to −x.
func (s *Scalar) Neg(x *Scalar) *Scalar {
	s.negateIf(x, ^uint64(0))
	return s
}

// LowerHalf sets s to x or −x, whichever is at most half the order.
func (s *Scalar) LowerHalf(x *Scalar) *Scalar {
	s.negateIf(x, -x.high())
	return s
}

// negateIf sets s to −x if mask is all ones, and to x if mask is 0.
func (s *Scalar) negateIf(x *Scalar, mask uint64) {
	ones := x[0] | x[1] | x[2] | x[3]
	mask &= -((ones | -ones) >> 63) // −0 is 0, not N
	d0, borrow := bits.Sub64(n0, x[0], 0)
	d1, borrow := bits.Sub64(n1, x[1], borrow)
	d2, borrow := bits.Sub64(n2, x[2], borrow)
	d3, _ := bits.Sub64(n3, x[3], borrow)
	s[0] = x[0] ^ (x[0]^d0)&mask
	s[1] = x[1] ^ (x[1]^d1)&mask
	s[2] = x[2] ^ (x[2]^d2)&mask
	s[3] = x[3] ^ (x[3]^d3)&mask
}

// Mul sets s to x·y.
func (s *Scalar) Mul(x, y *Scalar) *Scalar {
	var w [8]uint64
	mulWide(&w, x, y)
	s.reduce(&w)
	return s
}

// MulAdd sets s to x·y + z.
func (s *Scalar) MulAdd(x, y, z *Scalar) *Scalar {
	var w [8]uint64
	mulWide(&w, x, y)
	var carry uint64
	w[0], carry = bits.Add64(w[0], z[0], 0)
	w[1], carry = bits.Add64(w[1], z[1], carry)
	w[2], carry = bits.Add64(w[2], z[2], carry)
	w[3], carry = bits.Add64(w[3], z[3], carry)
	w[4], carry = bits.Add64(w[4], 0, carry)
	w[5], carry = bits.Add64(w[5], 0, carry)
	w[6], carry = bits.Add64(w[6], 0, carry)
	w[7] += carry // x·y + z is below N², so below 2^512
	s.reduce(&w)
	return s
}

// Inverse sets s to 1/x, or to 0 if x is 0.
func (s *Scalar) Inverse(x *Scalar) *Scalar {
	Inverse((*[4]uint64)(s), (*[4]uint64)(x), N)
	return s
}

// InverseVar sets s to 1/x, or to 0 if x is 0, in a time that depends on x.
func (s *Scalar) InverseVar(x *Scalar) *Scalar {
	InverseVar((*[4]uint64)(s), (*[4]uint64)(x), N)
	return s
}
