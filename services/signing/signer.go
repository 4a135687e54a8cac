package signing

import (
	"context"

	"github.com/lodeworks/lode/services/pocket/keys"
)

// Signer signs with one key, wherever that is. It is safe for concurrent use.
type Signer interface {
	// Public is the compressed public key.
	Public() [33]byte
	// SignDigest signs a SHA-256 digest: R ‖ S with S in the lower half, the bytes of package keys.
	SignDigest(ctx context.Context, digest [32]byte) ([64]byte, error)
}

// Local is a key in this process.
type Local struct{ Key keys.Private }

// Public is the compressed public key.
func (l Local) Public() [33]byte { return l.Key.Public() }

// SignDigest signs at once and cannot fail.
func (l Local) SignDigest(_ context.Context, digest [32]byte) ([64]byte, error) {
	return l.Key.SignDigest(digest), nil
}
