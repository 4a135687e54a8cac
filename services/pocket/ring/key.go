package ring

import (
	"encoding/hex"
	"fmt"

	"github.com/lodeworks/lode/services/pocket/curve"
)

// PublicKey is a compressed secp256k1 point: 02 or 03, then x big-endian. The
// zero value is not a point.
type PublicKey [33]byte

// String returns the key as 66 hex digits.
func (k PublicKey) String() string { return hex.EncodeToString(k[:]) }

// placeholder is the key of the secret text
// "placeholder_ring_key_for_apps_without_gateways".
var placeholder = PublicKey{
	0x02, 0x10, 0x66, 0xf2, 0x93, 0x70, 0x93, 0x56, 0xa3, 0x3e, 0x9c,
	0x13, 0x01, 0x78, 0x67, 0x58, 0x6b, 0xaf, 0x52, 0x51, 0x3e, 0x84,
	0x5b, 0xc4, 0x33, 0x52, 0x33, 0xa1, 0x5e, 0xd1, 0xe0, 0x0b, 0xaf,
}

// Placeholder returns the key that stands in the ring of an application with
// no gateways. Its private key is public knowledge, so anyone can sign for such
// an application; a verifier must accept it all the same, because the chain
// does (ring-signature.md §3).
func Placeholder() PublicKey { return placeholder }

// decodePoint returns the point of k, or an error if k is not the compressed
// form of a curve point. It costs one square root.
func decodePoint(k PublicKey) (p curve.Affine, err error) {
	if !p.Decompress((*[33]byte)(&k)) {
		return p, fmt.Errorf("decode point %s: not on the curve", k)
	}
	return p, nil
}
