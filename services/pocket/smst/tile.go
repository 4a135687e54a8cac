package smst

import (
	"encoding/binary"

	"github.com/lodeworks/lode/services/pocket/sha256x"
)

// tileLeaves is the number of leaves up to which a subtree is hashed in one
// go, and of which no digest inside is kept. A proof hashes one tile again.
const tileLeaves = 1 << 11

// batchNodes is how many inner nodes are hashed together: their preimages fill
// a quarter of a first-level cache.
const batchNodes = 64

// tile computes the digest of a small subtree, all nodes of one depth
// together. It keeps its memory from one subtree to the next.
//
// Every digest in the subtree has a number: 0 is the empty digest, 1 to n are
// the leaves, and the inner nodes follow, breadth first. Of a digest only the
// hash is stored; sum and count follow from the leaves below it.
type tile struct {
	leaves *store
	order  []uint32   // the subtree's leaves, ascending by path
	words  []uint64   // of each leaf's path, the 64 bits around the depth at hand
	sums   []uint64   // of the weights of the leaves before leaf i; n + 1 of them
	nodes  []tileNode // the inner nodes, breadth first
	levels []int      // for every depth, the index of its first node
	hashes [][32]byte // by number
	batch  [batchNodes * innerSize]byte
}

// tileNode is an inner node over the leaves [lo, hi), the left half of which
// ends at mid.
type tileNode struct {
	lo, mid, hi uint32
	left, right uint32 // numbers of the digests below
}

// digest is the digest of the subtree at depth whose leaves are at the
// positions of order, two or more, ascending by path.
func (t *tile) digest(order []uint32, depth int) (d Digest) {
	t.order = order
	t.expand(depth)
	t.load()
	for i := len(t.levels) - 1; i > 0; i-- {
		t.hash(t.levels[i-1], t.levels[i])
	}
	copy(d[:], t.hashes[len(order)+1][:])
	binary.BigEndian.PutUint64(d[32:], t.sums[len(order)])
	binary.BigEndian.PutUint64(d[40:], uint64(len(order)))
	return d
}

// load reads the leaves' hashes and weights, and makes room for the nodes'.
func (t *tile) load() {
	t.hashes = resize(t.hashes, 1+len(t.order)+len(t.nodes))
	t.sums = resize(t.sums, 1+len(t.order))
	t.hashes[0], t.sums[0] = [32]byte{}, 0
	for i, at := range t.order {
		t.hashes[1+i] = t.leaves.at(at).hash
		t.sums[1+i] = t.sums[i] + t.leaves.weightAt(at)
	}
}

// loadWords reads the 64 bits of each path that bit depth is in.
func (t *tile) loadWords(depth int) {
	t.words = resize(t.words, len(t.order))
	for i, at := range t.order {
		t.words[i] = binary.BigEndian.Uint64(t.leaves.at(at).path[depth/64*8:])
	}
}

// expand finds the inner nodes.
func (t *tile) expand(depth int) {
	if depth%64 > 0 {
		t.loadWords(depth)
	}
	t.nodes = append(t.nodes[:0], tileNode{hi: uint32(len(t.order))})
	t.levels = append(t.levels[:0], 0)
	for from := 0; from < len(t.nodes); depth++ {
		to := len(t.nodes)
		t.levels = append(t.levels, to)
		if depth%64 == 0 {
			t.loadWords(depth)
		}
		t.expandLevel(from, to, 63-uint(depth)%64)
		from = to
	}
}

// expandLevel parts the nodes [from, to) by a bit of their words.
func (t *tile) expandLevel(from, to int, bit uint) {
	for i := from; i < to; i++ {
		n := t.nodes[i]
		n.mid = t.mid(n.lo, n.hi, bit)
		n.left = t.below(n.lo, n.mid)
		n.right = t.below(n.mid, n.hi)
		t.nodes[i] = n
	}
}

// mid returns where in [lo, hi) the bit changes from 0 to 1.
func (t *tile) mid(lo, hi uint32, bit uint) uint32 {
	for hi-lo > 8 {
		m := lo + (hi-lo)/2
		if t.words[m]>>bit&1 == 0 {
			lo = m + 1
		} else {
			hi = m
		}
	}
	m := hi
	for _, w := range t.words[lo:hi] {
		m -= uint32(w >> bit & 1)
	}
	return m
}

// below returns the number of the digest over [lo, hi), and makes its node if
// it needs one.
func (t *tile) below(lo, hi uint32) uint32 {
	switch hi - lo {
	case 0:
		return 0
	case 1:
		return 1 + lo
	}
	t.nodes = append(t.nodes, tileNode{lo: lo, hi: hi})
	return uint32(len(t.order) + len(t.nodes))
}

// hash computes the hashes of the nodes [from, to); those below them are there.
func (t *tile) hash(from, to int) {
	first := 1 + len(t.order) // number of the first inner node
	for ; from < to; from += batchNodes {
		end := min(from+batchNodes, to)
		for i := range t.nodes[from:end] {
			t.encode(t.batch[i*innerSize:][:innerSize], &t.nodes[from+i])
		}
		sha256x.Equal(t.hashes[first+from:first+end], t.batch[:], innerSize)
	}
}

// encode writes the preimage of a node, as encodeInner does.
func (t *tile) encode(b []byte, n *tileNode) {
	b[0] = innerPrefix
	lo, mid, hi := t.sums[n.lo], t.sums[n.mid], t.sums[n.hi]
	t.put(b[1:], n.left, mid-lo, n.mid-n.lo)
	t.put(b[1+DigestSize:], n.right, hi-mid, n.hi-n.mid)
	binary.BigEndian.PutUint64(b[innerSize-16:], hi-lo)
	binary.BigEndian.PutUint64(b[innerSize-8:], uint64(n.hi-n.lo))
}

func (t *tile) put(b []byte, number uint32, sum uint64, count uint32) {
	_ = b[DigestSize-1]
	*(*[32]byte)(b) = t.hashes[number]
	binary.BigEndian.PutUint64(b[32:], sum)
	binary.BigEndian.PutUint64(b[40:], uint64(count))
}
