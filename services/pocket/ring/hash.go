package ring

import (
	"crypto/sha3"
	"fmt"

	secp "github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// hashTries bounds the search for a point; each try succeeds half of the time.
const hashTries = 128

// two256 is 2^256 modulo the group order.
var two256 = func() (s scalar) {
	var top [32]byte
	top[0] = 0x80 // 2^255
	s.SetBytes(&top)
	return *s.Add(&s)
}()

// HashToScalar is the scheme's hash HS: SHA3-512 of input, read big-endian and
// reduced modulo the group order, and then a quirk of the reference that is
// part of the protocol. The reduced number is written without its leading zero
// bytes at the START of a zeroed 32-byte array, so that a number of 32−k bytes
// is multiplied by 256^k. About one hash in 256 is affected
// (ring-signature.md §1.1).
//
// It fails when the moved number is not below the group order, where the
// reference panics; the chance is about 2⁻¹²⁸.
func HashToScalar(input []byte) ([32]byte, error) {
	digest := sha3.Sum512(input)
	n := reduceWide(&digest).Bytes()
	moved := alignLeft(n)
	var s scalar
	if s.SetBytes(&moved) != 0 {
		return moved, fmt.Errorf("%w: challenge %x is not below the group order", ErrInvalid, moved)
	}
	return moved, nil
}

// reduceWide returns d, read big-endian, modulo the group order.
func reduceWide(d *[64]byte) *scalar {
	var hi, lo scalar
	hi.SetByteSlice(d[:32])
	lo.SetByteSlice(d[32:])
	return hi.Mul(&two256).Add(&lo)
}

// alignLeft drops the leading zero bytes of n and pads zeros at its end.
func alignLeft(n [32]byte) (out [32]byte) {
	zeros := 0
	for zeros < len(n) && n[zeros] == 0 {
		zeros++
	}
	copy(out[:], n[zeros:])
	return out
}

// challenge returns HS(m ‖ L ‖ R).
func challenge(msg *[32]byte, l, r *PublicKey) (scalar, error) {
	var buf [32 + 33 + 33]byte
	copy(buf[:], msg[:])
	copy(buf[32:], l[:])
	copy(buf[65:], r[:])
	var c scalar
	b, err := HashToScalar(buf[:])
	if err != nil {
		return c, err
	}
	c.SetBytes(&b)
	return c, nil
}

// HashToPoint is the scheme's hash Hp of a key to a curve point: SHA3-256 of
// the compressed key, hashed again until it is the x of a point; the point with
// even y is taken (ring-signature.md §1.2). The key need not be a point itself.
// It fails with a chance of 2⁻¹²⁸.
func HashToPoint(k PublicKey) (PublicKey, error) {
	h, err := hashToPoint(k)
	if err != nil {
		return PublicKey{}, err
	}
	return compress(h, new(secp.FieldVal).SetInt(1)), nil
}

func hashToPoint(k PublicKey) (*point, error) {
	digest := sha3.Sum256(k[:])
	p := new(point)
	for range hashTries {
		p.X.SetBytes(&digest)
		if secp.DecompressY(&p.X, false, &p.Y) {
			p.X.Normalize()
			p.Y.Normalize()
			p.Z.SetInt(1)
			return p, nil
		}
		digest = sha3.Sum256(digest[:])
	}
	return nil, fmt.Errorf("hash %s to a point: none found in %d tries", k, hashTries)
}
