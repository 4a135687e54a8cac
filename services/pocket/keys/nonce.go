package keys

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
)

// nonces is the stream of candidates of RFC 6979 §3.2 with HMAC-SHA256. The
// names are the RFC's.
type nonces struct {
	k, v  [32]byte
	begun bool
}

// newNonces does steps b to g for the private key x and the digest h1, both
// big-endian. Like the Cosmos key, and unlike the RFC, it does not reduce a
// digest that is above the group order.
func newNonces(x, h1 *[32]byte) (n nonces) {
	for i := range n.v {
		n.v[i] = 1
	}
	n.rekey(0, x, h1)
	n.step()
	n.rekey(1, x, h1)
	n.step()
	return n
}

// next returns the next candidate, big-endian: step h.2, after the steps of h.3
// if a candidate before it was refused.
func (n *nonces) next() [32]byte {
	if n.begun {
		n.k = hmac(&n.k, &n.v, []byte{0})
		n.step()
	}
	n.begun = true
	n.step()
	return n.v
}

// rekey sets K = HMAC_K(V ‖ mark ‖ x ‖ h1).
func (n *nonces) rekey(mark byte, x, h1 *[32]byte) {
	var rest [65]byte
	rest[0] = mark
	copy(rest[1:], x[:])
	copy(rest[33:], h1[:])
	n.k = hmac(&n.k, &n.v, rest[:])
	clear(rest[:])
}

// step sets V = HMAC_K(V).
func (n *nonces) step() { n.v = hmac(&n.k, &n.v, nil) }

// ipad and opad are HMAC's paddings, xored with the key.
var (
	ipad = [sha256.BlockSize]byte(bytes.Repeat([]byte{0x36}, sha256.BlockSize))
	opad = [sha256.BlockSize]byte(bytes.Repeat([]byte{0x5c}, sha256.BlockSize))
)

// hmac returns HMAC-SHA256 of v ‖ rest, with rest at most 65 bytes. Each of its
// two hashes is made of one buffer on the stack; crypto/hmac would allocate five
// objects for every key.
func hmac(key, v *[32]byte, rest []byte) [32]byte {
	var inner [sha256.BlockSize + 32 + 65]byte
	var outer [sha256.BlockSize + sha256.Size]byte
	copy(inner[:], ipad[:])
	copy(outer[:], opad[:])
	subtle.XORBytes(inner[:], inner[:32], key[:])
	subtle.XORBytes(outer[:], outer[:32], key[:])
	copy(inner[sha256.BlockSize:], v[:])
	size := sha256.BlockSize + 32 + copy(inner[sha256.BlockSize+32:], rest)
	sum := sha256.Sum256(inner[:size])
	copy(outer[sha256.BlockSize:], sum[:])
	sum = sha256.Sum256(outer[:])
	clear(inner[:])
	clear(outer[:])
	return sum
}
