package keys

import (
	"crypto/sha256"
	"errors"
	"fmt"

	secp "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

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
	x, _ := mulBase(nonce)
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
	if len(sig) != 64 {
		return fmt.Errorf("%w: %d bytes, want 64", ErrSignature, len(sig))
	}
	key, err := secp.ParsePubKey(pub[:])
	if err != nil {
		return fmt.Errorf("%w: public key: %w", ErrSignature, err)
	}
	var r, s secp.ModNScalar
	r.SetByteSlice(sig[:32])
	s.SetByteSlice(sig[32:])
	if s.IsOverHalfOrder() {
		return fmt.Errorf("%w: S is in the upper half", ErrSignature)
	}
	digest := sha256.Sum256(msg)
	if !ecdsa.NewSignature(&r, &s).Verify(digest[:], key) {
		return ErrSignature
	}
	return nil
}
