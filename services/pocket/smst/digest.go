package smst

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// DigestSize is the length of a digest in bytes.
const DigestSize = sha256.Size + 16

// Digest identifies a subtree: SHA-256 hash (32 bytes) ‖ sum of the leaf
// weights (8, big-endian) ‖ number of leaves (8, big-endian); protocol smst.md
// §2. The zero value is the digest of no leaves at all. A claim's root hash is
// a Digest.
type Digest [DigestSize]byte

// ParseDigest reads a digest, for instance a claim's root hash. It is an error
// if b is not 48 bytes long.
func ParseDigest(b []byte) (Digest, error) {
	var d Digest
	if len(b) != DigestSize {
		return d, fmt.Errorf("parse digest: %d bytes, want %d", len(b), DigestSize)
	}
	copy(d[:], b)
	return d, nil
}

// Hash returns the first 32 bytes.
func (d Digest) Hash() [32]byte { return [32]byte(d[:sha256.Size]) }

// Sum returns the sum of the weights below, in compute units, modulo 2^64.
func (d Digest) Sum() uint64 { return binary.BigEndian.Uint64(d[32:40]) }

// Count returns the number of leaves below.
func (d Digest) Count() uint64 { return binary.BigEndian.Uint64(d[40:48]) }

// String returns the 48 bytes as hex digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Prefixes of the hashed encodings of the three kinds of node.
const (
	leafPrefix      = 0
	innerPrefix     = 1
	extensionPrefix = 2
)

// innerSize is the length of an inner node's encoding.
const innerSize = 1 + 2*DigestSize + 16

// encodeInner is the preimage of an inner node's hash.
func encodeInner(left, right *Digest) (b [innerSize]byte) {
	b[0] = innerPrefix
	copy(b[1:], left[:])
	copy(b[1+DigestSize:], right[:])
	binary.BigEndian.PutUint64(b[innerSize-16:], left.Sum()+right.Sum())
	binary.BigEndian.PutUint64(b[innerSize-8:], left.Count()+right.Count())
	return b
}

// inner is the digest of an inner node.
func inner(left, right *Digest) (d Digest) {
	b := encodeInner(left, right)
	hash := sha256.Sum256(b[:])
	copy(d[:], hash[:])
	copy(d[sha256.Size:], b[innerSize-16:])
	return d
}

// wrap puts d below a chain of one-sided inner nodes that reaches from depth
// to (a leaf or branch at) depth below, along path.
func wrap(d Digest, path *Path, depth, below int) Digest {
	var empty Digest
	for i := below - 1; i >= depth; i-- {
		if path.Bit(i) == 0 {
			d = inner(&d, &empty)
		} else {
			d = inner(&empty, &d)
		}
	}
	return d
}
