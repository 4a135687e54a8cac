package smst

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// expand puts the empty siblings back in their places. A side node of another
// length than 48 is cut or padded with zeros, as on chain.
func (p *CompactProof) expand() ([]Digest, error) {
	m := p.ClosestProof
	if m == nil || m.NumSideNodes < 0 || m.NumSideNodes > pathBits {
		return nil, fmt.Errorf("%w: number of side nodes", ErrMalformed)
	}
	if len(m.BitMask) != (m.NumSideNodes+7)/8 {
		return nil, fmt.Errorf("%w: bit mask of %d bytes for %d side nodes", ErrMalformed, len(m.BitMask), m.NumSideNodes)
	}
	if m.NumSideNodes > 0 && len(m.SideNodes) != m.NumSideNodes-ones(m.BitMask) {
		return nil, fmt.Errorf("%w: %d side nodes do not fit the mask", ErrMalformed, len(m.SideNodes))
	}
	if n := len(m.NonMembershipLeafData); n > 0 && n < 33 {
		return nil, fmt.Errorf("%w: leaf data of an absence, %d bytes", ErrMalformed, n)
	}
	return m.unmask()
}

func (m *CompactMerkleProof) unmask() ([]Digest, error) {
	sides := make([]Digest, m.NumSideNodes)
	rest := m.SideNodes
	for i := range sides {
		if m.BitMask[i/8]>>(7-i%8)&1 == 1 {
			continue
		}
		if len(rest) == 0 {
			return nil, fmt.Errorf("%w: bits set behind the end of the mask", ErrMalformed)
		}
		if len(m.SiblingData) > 0 && len(rest[0]) != DigestSize {
			return nil, fmt.Errorf("%w: side node of %d bytes", ErrMalformed, len(rest[0]))
		}
		copy(sides[i][:], rest[0])
		rest = rest[1:]
	}
	return sides, nil
}

func ones(mask []byte) (n int) {
	for _, b := range mask {
		n += bits.OnesCount8(b)
	}
	return n
}

// leafDigest is the digest to start from: the leaf's, or, for leaf data
// without value and weight, what the chain takes as the proof of an absence.
func (p *CompactProof) leafDigest() (Digest, error) {
	path, data := p.ClosestPath[:32], p.ClosestValueHash
	if len(data) == 0 || len(data) == 16 && binary.BigEndian.Uint64(data) == 0 {
		return p.absence(path)
	}
	if len(data) < 16 {
		return Digest{}, fmt.Errorf("%w: leaf data of %d bytes", ErrMalformed, len(data))
	}
	return hashNode(append(append([]byte{leafPrefix}, path...), data...)), nil
}

// absence is the digest of the other leaf, or of nothing, that hangs where a
// leaf with this path would.
func (p *CompactProof) absence(path []byte) (Digest, error) {
	other := p.ClosestProof.NonMembershipLeafData
	if len(other) == 0 {
		return Digest{}, nil
	}
	if other[0] != leafPrefix || bytes.Equal(other[1:33], path) {
		return Digest{}, fmt.Errorf("%w: leaf data of an absence", ErrMalformed)
	}
	return hashNode(other), nil
}

// hashNode is the digest of an encoded leaf or inner node of 16 bytes or more:
// its hash and its last 16 bytes.
func hashNode(encoded []byte) (d Digest) {
	hash := sha256.Sum256(encoded)
	copy(d[:], hash[:])
	copy(d[sha256.Size:], encoded[len(encoded)-16:])
	return d
}

// meta reads the sum and count at the end of an encoded node or leaf data.
func meta(b []byte) (sum, count uint64) {
	return binary.BigEndian.Uint64(b[len(b)-16:]), binary.BigEndian.Uint64(b[len(b)-8:])
}
