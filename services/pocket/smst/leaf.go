package smst

import (
	"crypto/sha256"
	"encoding/binary"
)

// Leaf is one mined relay, without its bytes.
type Leaf struct {
	Path   Path     // SHA-256 of the relay hash: the key is hashed again
	Hash   [32]byte // hash part of the leaf's digest
	Weight uint64   // compute units; in a claimable session the same in every leaf
}

// NewLeaf makes the leaf of a relay. relayHash is the trie's key, value the
// relay's bytes with the response payload removed, weight the service's
// compute units per relay at the session's start (protocol smst.md §1).
func NewLeaf(relayHash [32]byte, value []byte, weight uint64) Leaf {
	return leafAt(sha256.Sum256(relayHash[:]), value, weight)
}

// Digest returns the leaf's digest: its hash, its weight and the count 1.
func (l *Leaf) Digest() (d Digest) {
	copy(d[:], l.Hash[:])
	binary.BigEndian.PutUint64(d[32:], l.Weight)
	d[DigestSize-1] = 1
	return d
}

func leafAt(path Path, value []byte, weight uint64) Leaf {
	h := sha256.New()
	head := [1 + len(path)]byte{leafPrefix}
	copy(head[1:], path[:])
	h.Write(head[:])
	h.Write(value)
	tail := leafTail(weight)
	h.Write(tail[:])
	l := Leaf{Path: path, Weight: weight}
	h.Sum(l.Hash[:0])
	return l
}

// leafTail is what a leaf's data has after its value: weight and count.
func leafTail(weight uint64) (b [16]byte) {
	binary.BigEndian.PutUint64(b[:], weight)
	b[15] = 1
	return b
}

// leafData is the "value hash" field of a proof: the value and its tail.
func leafData(value []byte, weight uint64) []byte {
	tail := leafTail(weight)
	b := make([]byte, 0, len(value)+len(tail))
	return append(append(b, value...), tail[:]...)
}
