package ring

import (
	"crypto/sha3"
	"fmt"

	"github.com/lodeworks/lode/services/pocket/curve"
	"github.com/lodeworks/lode/services/pocket/modn"
)

// hashTries bounds the search for a point; each try succeeds half of the time.
const hashTries = 128

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
	s, err := hashToScalar(input)
	return s.Bytes(), err
}

func hashToScalar(input []byte) (modn.Scalar, error) {
	digest := sha3.Sum512(input)
	reduced := modn.ReduceWide(&digest)
	moved := alignLeft(reduced.Bytes())
	s, below := modn.FromBytes(&moved)
	if !below {
		return s, fmt.Errorf("%w: challenge %x is not below the group order", ErrInvalid, moved)
	}
	return s, nil
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
func challenge(msg *[32]byte, l, r *PublicKey) (modn.Scalar, error) {
	var buf [32 + 33 + 33]byte
	copy(buf[:], msg[:])
	copy(buf[32:], l[:])
	copy(buf[65:], r[:])
	return hashToScalar(buf[:])
}

// HashToPoint is the scheme's hash Hp of a key to a curve point: SHA3-256 of
// the compressed key, hashed again until it is the x of a point; the point with
// even y is taken (ring-signature.md §1.2). The key need not be a point itself.
// It fails with a chance of 2⁻¹²⁸.
func HashToPoint(k PublicKey) (PublicKey, error) {
	search := newSearch(k)
	for range hashTries {
		c := search.next()
		var p [1]curve.Affine
		if curve.Lift(p[:], []curve.Candidate{c}); !p[0].IsInfinity() {
			return p[0].Compress(), nil
		}
	}
	return PublicKey{}, search.failure()
}

// search yields the candidates of a hash to a point.
type search struct {
	key    PublicKey
	digest [32]byte
	tries  int
}

func newSearch(k PublicKey) search { return search{key: k, digest: sha3.Sum256(k[:])} }

// next returns the next candidate: the digest as x, reduced, and an even y.
func (s *search) next() (c curve.Candidate) {
	if s.tries > 0 {
		s.digest = sha3.Sum256(s.digest[:])
	}
	s.tries++
	c.X.SetBytes(&s.digest)
	return c
}

func (s *search) failure() error {
	return fmt.Errorf("hash %s to a point: none found in %d tries", s.key, hashTries)
}
