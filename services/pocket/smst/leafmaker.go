package smst

import "github.com/lodeworks/lode/services/pocket/sha256x"

// LeafMaker makes many leaves at once, which on processors that hash many
// messages side by side takes less than half the time. The zero value is
// ready; it keeps its room, at most some 170 KiB, for the next leaves. A
// LeafMaker has one owner at a time.
type LeafMaker struct {
	keys   [roundLeaves * 32]byte
	paths  [roundLeaves][32]byte
	hashes [roundLeaves][32]byte
	nodes  [roundLeaves][]byte // encodings, one after another in room
	room   []byte
}

// What is hashed together: so many leaves, and so many bytes of their values
// before one more. A longer value is hashed alone, without being copied.
const (
	roundLeaves = 64
	roundBytes  = 128 << 10
	longValue   = 32 << 10
)

// leafExtra is by how much a leaf's encoding is longer than its value.
const leafExtra = 1 + len(Path{}) + 16

// Leaves sets out[i] to NewLeaf(relayHashes[i], values[i], weights[i]) for all
// i below len(out). It panics if one of the others is shorter than out. It
// allocates only to make room for greater values than before.
func (m *LeafMaker) Leaves(out []Leaf, relayHashes [][32]byte, values [][]byte, weights []uint64) {
	relayHashes, values, weights = relayHashes[:len(out)], values[:len(out)], weights[:len(out)]
	for len(out) > 0 {
		n := round(values)
		if n == 0 {
			out[0] = NewLeaf(relayHashes[0], values[0], weights[0])
			n = 1
		} else {
			m.hash(relayHashes[:n], values[:n], weights[:n])
			m.take(out[:n], weights[:n])
		}
		out, relayHashes, values, weights = out[n:], relayHashes[n:], values[n:], weights[n:]
	}
}

// round says how many of the next values are hashed together; 0 if the first
// is long.
func round(values [][]byte) (n int) {
	bytes := 0
	for n < min(len(values), roundLeaves) && len(values[n]) <= longValue && bytes < roundBytes {
		bytes += len(values[n])
		n++
	}
	return n
}

// hash computes the paths and the leaf hashes of a round.
func (m *LeafMaker) hash(relayHashes [][32]byte, values [][]byte, weights []uint64) {
	size := 0
	for i := range relayHashes {
		copy(m.keys[32*i:], relayHashes[i][:])
		size += leafExtra + len(values[i])
	}
	sha256x.Equal(m.paths[:len(relayHashes)], m.keys[:], 32)
	m.room = resize(m.room, size)
	rest := m.room[:0]
	for i, value := range values {
		node := appendLeaf(rest, (*Path)(&m.paths[i]), value, weights[i])
		m.nodes[i], rest = node, node[len(node):]
	}
	sha256x.Each(m.hashes[:len(values)], m.nodes[:len(values)])
}

func (m *LeafMaker) take(out []Leaf, weights []uint64) {
	for i := range out {
		out[i] = Leaf{Path: m.paths[i], Hash: m.hashes[i], Weight: weights[i]}
	}
}

// appendLeaf appends the encoding of a leaf, which is what is hashed.
func appendLeaf(b []byte, path *Path, value []byte, weight uint64) []byte {
	tail := leafTail(weight)
	b = append(append(b, leafPrefix), path[:]...)
	return append(append(b, value...), tail[:]...)
}
