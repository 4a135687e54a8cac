package keys

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/lodeworks/lode/services/pocket/curve"
	"github.com/lodeworks/lode/services/pocket/modn"
)

// ErrSignature is returned when a signature does not verify, for whatever
// reason.
var ErrSignature = errors.New("signature does not verify")

// Sign signs SHA-256 of msg: the bytes that a Cosmos account with this key
// would produce.
func (p Private) Sign(msg []byte) [64]byte { return p.SignDigest(sha256.Sum256(msg)) }

// SignDigest signs a digest as it is, without hashing it again. It takes the
// same time for every key and nonce (see the package comment of modn), unless a
// nonce has to be refused, which never happens: the chance is 2^-127.
func (p Private) SignDigest(digest [32]byte) [64]byte {
	x := p.key.scalar.Bytes()
	candidates := newNonces(&x, &digest)
	sig := p.key.sign(&digest, candidates.next)
	clear(x[:])
	clear(candidates.k[:])
	clear(candidates.v[:])
	return sig
}

// sign signs with the first candidate that is a nonce: not 0, below the group
// order, and with R and S other than 0.
func (k *secret) sign(digest *[32]byte, candidate func() [32]byte) [64]byte {
	z, _ := modn.FromBytes(digest)
	for {
		c := candidate()
		nonce, below := modn.FromBytes(&c)
		if !below || nonce.IsZero() {
			continue
		}
		r, s := k.signWith(&nonce, &z)
		clear(c[:])
		clear(nonce[:])
		if !r.IsZero() && !s.IsZero() {
			return signature(&r, &s)
		}
	}
}

// signWith returns R, the coordinate x of nonce·G modulo the group order, and
// S, ±(z + R·key)/nonce in the lower half.
func (k *secret) signWith(nonce, z *modn.Scalar) (r, s modn.Scalar) {
	p := curve.MulSecret(nonce, curve.SecretGenerator())
	x := p.X.Bytes()
	r, _ = modn.FromBytes(&x)
	var inv modn.Scalar
	inv.Inverse(nonce)
	s.MulAdd(&r, &k.scalar, z)
	s.Mul(&s, &inv)
	s.LowerHalf(&s)
	clear(inv[:])
	return r, s
}

// signature is R ‖ S.
func signature(r, s *modn.Scalar) (sig [64]byte) {
	x, y := r.Bytes(), s.Bytes()
	copy(sig[:32], x[:])
	copy(sig[32:], y[:])
	return sig
}

// Verify checks a signature of SHA-256 of msg by the compressed key pub. It
// accepts exactly what a Cosmos account key accepts: 64 bytes, S in the lower
// half after reduction. The error matches [ErrSignature].
func Verify(pub [33]byte, msg, sig []byte) error {
	return VerifyDigest(pub, sha256.Sum256(msg), sig)
}

// VerifyDigest is [Verify] for a digest as it is.
func VerifyDigest(pub [33]byte, digest [32]byte, sig []byte) error {
	if len(sig) != 64 {
		return fmt.Errorf("%w: %d bytes, want 64", ErrSignature, len(sig))
	}
	var key curve.Affine
	if !key.Decompress(&pub) {
		return fmt.Errorf("%w: public key %x is not a point", ErrSignature, pub)
	}
	r, _ := modn.FromBytes((*[32]byte)(sig))
	s, _ := modn.FromBytes((*[32]byte)(sig[32:]))
	if s.IsHigh() {
		return fmt.Errorf("%w: S is in the upper half", ErrSignature)
	}
	if r.IsZero() || s.IsZero() || !verifies(&key, digest, &r, &s) {
		return ErrSignature
	}
	return nil
}

// verifies tells whether r is the coordinate x of (z·G + r·key)/s modulo the
// group order.
func verifies(key *curve.Affine, digest [32]byte, r, s *modn.Scalar) bool {
	z, _ := modn.FromBytes(&digest)
	var inv, a, b modn.Scalar
	inv.InverseVar(s)
	a.Mul(&z, &inv)
	b.Mul(r, &inv)
	p := curve.Combine(&a, &b, key)
	if p.IsInfinity() {
		return false
	}
	x := p.X.Bytes()
	back, _ := modn.FromBytes(&x)
	return back.Equal(r)
}
