package modn

import "math/bits"

// Modulus is one of the two moduli, [P] or [N]. All limbs are least significant
// first.
type Modulus struct {
	// limbs is the modulus m.
	limbs [4]uint64
	// c is 2^256 − m, below 2^130; c62 is the same in limbs of 62 bits.
	c, c62 [3]uint64
	// inv is 1/m modulo 2^62.
	inv uint64
}

// P is the prime of secp256k1's field, 2^256 − 2^32 − 977.
var P = newModulus([4]uint64{0xfffffffefffffc2f, ^uint64(0), ^uint64(0), ^uint64(0)})

// N is the prime order of secp256k1's group.
var N = newModulus([4]uint64{n0, n1, n2, n3})

// Limbs returns the modulus.
func (m *Modulus) Limbs() [4]uint64 { return m.limbs }

// newModulus makes a modulus above 2^256 − 2^130.
func newModulus(m [4]uint64) *Modulus {
	c0, carry := bits.Add64(^m[0], 1, 0)
	c1, carry := bits.Add64(^m[1], 0, carry)
	c2 := ^m[2] + carry
	inv := m[0] // right in the lowest three bits; each round doubles them
	for range 5 {
		inv *= 2 - m[0]*inv
	}
	return &Modulus{
		limbs: m,
		c:     [3]uint64{c0, c1, c2},
		c62:   [3]uint64{c0 & mask62, (c0>>62 | c1<<2) & mask62, c1>>60 | c2<<4},
		inv:   inv & mask62,
	}
}
