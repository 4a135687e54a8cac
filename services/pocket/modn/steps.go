package modn

import "math/bits"

// stepsVar makes 62 division steps on the lowest 62 bits of f and g, in a time
// that depends on them. It returns the new ζ and what the steps did.
//
// A run of even g is one shift; after it, one odd step without its halving. The
// selections are conditional moves, since nobody could predict them.
func stepsVar(zeta int64, f, g uint64) (int64, matrix) {
	// u, v count in 2^(steps made): g is halved, the others are not doubled by
	// the same turn of the loop but by the next.
	u, v, q, r := uint64(1), uint64(0), uint64(0), uint64(1)
	left := 62
	for {
		zeros := bits.TrailingZeros64(g | 1<<(left&63))
		g >>= zeros & 63
		u <<= zeros & 63
		v <<= zeros & 63
		zeta -= int64(zeros)
		left -= zeros
		if left == 0 {
			return zeta, matrix{int64(u), int64(v), int64(q), int64(r)}
		}
		g1, q1, r1 := g-f, q-u, r-v
		f0, u0, v0, zeta0 := f, u, v, zeta
		g0, q0, r0 := g+f, q+u, r+v
		if zeta < 0 {
			f0 = g
		}
		if zeta < 0 {
			u0 = q
		}
		if zeta < 0 {
			v0 = r
		}
		if zeta < 0 {
			g0 = g1
		}
		if zeta < 0 {
			q0 = q1
		}
		if zeta < 0 {
			r0 = r1
		}
		if zeta < 0 {
			zeta0 = ^zeta // the halving to come makes it −ζ − 2
		}
		f, u, v, g, q, r, zeta = f0, u0, v0, g0, q0, r0, zeta0
	}
}

// steps makes 60 division steps on the lowest 62 bits of f and g, in constant
// time. The matrix is four times theirs, so that it stands over 2^62 as well.
func steps(zeta int64, f, g uint64) (int64, matrix) {
	zeta, f, g, a1, b1 := steps30(zeta, f, g)
	zeta, _, _, a2, b2 := steps30(zeta, f, g)
	u1, v1 := unpack(a1)
	q1, r1 := unpack(b1)
	u2, v2 := unpack(a2)
	q2, r2 := unpack(b2)
	return zeta, matrix{
		u: (u2*u1 + v2*q1) << 2,
		v: (u2*v1 + v2*r1) << 2,
		q: (q2*u1 + r2*q1) << 2,
		r: (q2*v1 + r2*r1) << 2,
	}
}

// steps30 makes 30 division steps in constant time. a is the row u + v·2^32 of
// their matrix over 2^30, b the row q + r·2^32; the entries are at most 2^30 in
// size, so that a word holds two of them.
func steps30(zeta int64, f, g uint64) (zetaOut int64, fOut, gOut, a, b uint64) {
	a, b = 1, 1<<32
	for range 15 { // two steps a turn: faster than one by a sixth
		zeta, f, g, a, b = step(zeta, f, g, a, b)
		zeta, f, g, a, b = step(zeta, f, g, a, b)
	}
	return zeta, f, g, a, b
}

func step(zeta int64, f, g, a, b uint64) (zetaOut int64, fOut, gOut, aOut, bOut uint64) {
	negative := uint64(zeta >> 63) // all ones if ζ < 0
	odd := -(g & 1)                // all ones if g is odd
	x := ((f ^ negative) - negative) & odd
	y := ((a ^ negative) - negative) & odd
	swap := negative & odd
	f ^= (f ^ g) & swap
	a ^= (a ^ b) & swap
	return (zeta ^ int64(swap)) - 1, f, (g + x) >> 1, a << 1, b + y
}

// unpack returns the two entries of a row.
func unpack(row uint64) (low, high int64) {
	low = int64(int32(row))
	return low, (int64(row) - low) >> 32
}
