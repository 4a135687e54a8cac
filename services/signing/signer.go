package signing

import "context"

// Signer signs with one key, wherever that is. It is safe for concurrent use.
type Signer interface {
	// Public is the compressed public key.
	Public() [33]byte
	// SignDigest signs a SHA-256 digest: R ‖ S with S in the lower half, the bytes of package keys.
	SignDigest(ctx context.Context, digest [32]byte) ([64]byte, error)
}
