package keys

import (
	"crypto/sha256"
	"errors"
	"fmt"

	secp "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

// ErrSignature is returned when a signature does not verify, for whatever
// reason.
var ErrSignature = errors.New("signature does not verify")

// Sign signs SHA-256 of msg: the bytes that a Cosmos account with this key
// would produce.
func (p Private) Sign(msg []byte) [64]byte { return p.SignDigest(sha256.Sum256(msg)) }

// SignDigest signs a digest as it is, without hashing it again.
func (p Private) SignDigest(digest [32]byte) [64]byte {
	// A compact signature is a recovery code and then R ‖ S.
	return [64]byte(ecdsa.SignCompact(p.key, digest[:], false)[1:])
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
