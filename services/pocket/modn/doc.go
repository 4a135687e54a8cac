// Package modn computes with 256-bit numbers modulo the field prime and the
// group order of secp256k1: modular inverses for both ([Inverse],
// [InverseVar]), and for the order everything else a signature takes
// ([Scalar]).
//
// Numbers are four 64-bit limbs, the least significant first, always below
// their modulus.
//
// # Inverses
//
// An inverse is found by division steps, after Bernstein and Yang, "Fast
// constant-time gcd computation and modular inversion" (2019), with the
// starting point delta = 1/2 that Pieter Wuille found (bitcoin-core,
// "safegcd bounds", 2021). From f = m, g = x, ζ = −1 (ζ is −(delta + 1/2)), one
// step is
//
//	g odd and ζ < 0:  f, g, ζ = g, (g − f)/2, −ζ − 2
//	g odd:            f, g, ζ = f, (g + f)/2, ζ − 1
//	g even:           f, g, ζ = f, g/2,       ζ − 1
//
// For 256-bit numbers g is zero after at most 590 steps (computed by Wuille over
// the convex hull of all possible f and g), after 517 on average. f is then ±1,
// or ±m if x is 0.
//
// What 62 steps do depends only on the lowest 62 bits of f and g and on ζ, and
// is linear: a matrix ((u, v), (q, r)) over 2^62, with |u| + |v| and |q| + |r|
// at most 2^62. So the steps are made in batches on single words, and each
// batch is then applied to all of f and g, and modulo m to the pair d, e, which
// keeps f·2^0 = d·x and g = e·x (mod m). At the end d·f, with f = ±1, is the
// inverse.
//
// # Constant time
//
// [Inverse], every method of [Scalar] but [Scalar.InverseVar], and
// [Scalar.Split] execute the same instructions and touch the same addresses
// whatever the numbers are: conditions are masks made by arithmetic, loops run
// a fixed number of times, there are no tables, and the only instructions used
// on secrets are additions, logic, shifts by constants and 64×64 → 128-bit
// multiplications, which take the same time for all operands on the
// processors this runs on. In particular Inverse always makes 600 steps. What
// is turned into a bool at the end (IsZero, IsHigh, Equal, the second result of
// [FromBytes]) is computed without branches; what the caller does with it is
// the caller's matter.
//
// [InverseVar] and [Scalar.InverseVar] take a time that tells about the number:
// for public values only.
package modn
