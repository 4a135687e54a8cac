// Package curve computes with points of secp256k1, y² = x³ + 7 over the numbers
// modulo p = 2^256 − 2^32 − 977, for ring signatures and supplier signatures:
// the products that these schemes need, as fast as the processor allows.
//
//   - [Pair]: s·A + c·B and s·H + c·I where the four points have tables. A step
//     of a ring signature's equation.
//   - [Products]: k·P for points without tables.
//   - [MulSecret], [MulSecretPair]: k·P for a secret k, in a time that does not
//     depend on it.
//
// # Tiers
//
// There are three ways to compute, chosen when the program starts ([Best]):
// portable Go; one field element at a time with MULX, ADCX and ADOX; eight at a
// time with AVX-512 IFMA. The assembly is written by tools/gen/asm/curve, where
// the bounds of its numbers are argued. Each routine has its twin in portable
// Go, and all are compared with the official library.
//
//	         lane   0    1    2    3  │  4    5    6    7
//	         base   A    A    B    B  │  H    H    I    I       32 windows of
//	      windows  0-15 16-31 ┄┄        ┄┄                      8 bits a base
//	16 additions    │    │    │    │  │  │    │    │    │
//	       join     └─+──┘    └─+──┘  │  └─+──┘    └─+──┘
//	       join       └────+────┘     │    └────+────┘
//	                       L                    R      one inversion for both
//
// # Unchecked additions
//
// Adding two points takes another formula when they are equal or opposite. The
// fast sums do not look. In XYZZ coordinates ([Point]) such an addition leaves
// ZZ = 0, and whatever is added later leaves it so: a look at the end tells, and
// the sum is made again with every case told apart (checked.go). Scalars are
// recoded into odd digits, so no digit is zero and no addition is left out.
package curve
