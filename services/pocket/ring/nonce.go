package ring

import (
	"crypto/sha3"
	"fmt"
	"io"

	"github.com/lodeworks/lode/services/pocket/modn"
)

// nonceDomain separates these hashes from all others.
const nonceDomain = "lode/ring/nonce/v1"

// nonces is a stream of secret scalars, each between 1 and the group order.
type nonces struct{ stream *sha3.SHAKE }

// newNonces seeds a stream with 32 bytes of rand, the private key, the message
// and the ring. Two signatures share their scalars only if all of these are
// equal, and then they are the same signature.
func newNonces(s *Signer, msg [32]byte, rand io.Reader) (*nonces, error) {
	var fresh [32]byte
	if _, err := io.ReadFull(rand, fresh[:]); err != nil {
		return nil, fmt.Errorf("read random bytes: %w", err)
	}
	n := &nonces{stream: sha3.NewSHAKE256()}
	x := s.x.Bytes()
	defer clear(x[:])
	n.absorb([]byte(nonceDomain), x[:], fresh[:], msg[:])
	for i := range s.keys {
		n.absorb(s.keys[i][:])
	}
	return n, nil
}

// absorb adds to the seed. Writing to a SHAKE cannot fail before it is read.
func (n *nonces) absorb(parts ...[]byte) {
	for _, p := range parts {
		_, _ = n.stream.Write(p)
	}
}

// next returns the next scalar. A draw out of range, whose chance is about
// 2⁻¹²⁸, is skipped.
func (n *nonces) next() modn.Scalar {
	var b [32]byte
	defer clear(b[:])
	for {
		_, _ = n.stream.Read(b[:])
		if s, below := modn.FromBytes(&b); below && !s.IsZero() {
			return s
		}
	}
}
