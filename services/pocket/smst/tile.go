package smst

import (
	"encoding/binary"
	"math/bits"
	"slices"

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
	order  []uint32 // the subtree's leaves, ascending by path
	words  []uint64 // of each leaf's path, the 64 bits around the depth at hand
	sums   []uint64 // of the weights of the leaves before leaf i; n + 1 of them
	depths []uint8  // at which each leaf and the one before part
	cuts   []uint32 // leaves before which a node parts, by depth, noCut after each
	cutsAt [pathBits + 1]uint32
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
	t.load(order, depth)
	t.cut(depth)
	t.expand(depth)
	for i := len(t.levels) - 1; i > 0; i-- {
		t.hash(t.levels[i-1], t.levels[i])
	}
	copy(d[:], t.hashes[len(order)+1][:])
	binary.BigEndian.PutUint64(d[32:], t.sums[len(order)])
	binary.BigEndian.PutUint64(d[40:], uint64(len(order)))
	return d
}

// load reads the leaves: their hashes, their weights, and the words of depth.
func (t *tile) load(order []uint32, depth int) {
	n := len(order)
	t.order = order
	t.words, t.sums, t.hashes = resize(t.words, n), resize(t.sums, n+1), resize(t.hashes, n+1)
	words, sums, hashes, leaves := t.words, t.sums, t.hashes, *t.leaves
	sums[0], hashes[0] = 0, [32]byte{}
	for i, at := range order {
		r := leaves.at(at)
		words[i] = r.path.word(depth)
		hashes[1+i] = r.hash
		sums[1+i] = sums[i] + leaves.weightAt(at)
	}
}

// expand finds the inner nodes.
func (t *tile) expand(depth int) {
	t.nodes = append(t.nodes[:0], tileNode{hi: uint32(len(t.order))})
	t.levels = append(t.levels[:0], 0)
	for from := 0; from < len(t.nodes); depth++ {
		if depth%64 == 0 && from > 0 {
			t.loadWords(depth)
		}
		to := len(t.nodes)
		t.levels = append(t.levels, to)
		t.expandLevel(from, to, depth)
		from = to
	}
	t.hashes = slices.Grow(t.hashes, len(t.nodes))[:len(t.hashes)+len(t.nodes)]
}

// loadWords goes on to the words of depth.
func (t *tile) loadWords(depth int) {
	for i, at := range t.order {
		t.words[i] = t.leaves.at(at).path.word(depth)
	}
}

// noCut follows the cuts of a depth. No node reaches it.
const noCut = 1<<32 - 1

// cut notes between which leaves the nodes of each depth from depth on part:
// neighbours are parted once, at the depth at which their paths differ.
func (t *tile) cut(depth int) {
	n := len(t.order)
	t.depths = resize(t.depths, n)
	t.cutsAt = [pathBits + 1]uint32{}
	for i := 1; i < n; i++ {
		d := t.commonPrefix(i, depth)
		t.depths[i] = uint8(d)
		t.cutsAt[d+1]++
	}
	for d := range pathBits {
		t.cutsAt[d+1] += t.cutsAt[d] + 1
	}
	t.cuts = resize(t.cuts, n+pathBits)
	next := t.cutsAt
	for i := 1; i < n; i++ {
		d := t.depths[i]
		t.cuts[next[d]] = uint32(i)
		next[d]++
	}
	for d := range pathBits {
		t.cuts[next[d]] = noCut
	}
}

// commonPrefix is the number of bits that the paths of leaf i and the one
// before share, given that they share those below depth and that the words are
// those of depth.
func (t *tile) commonPrefix(i, depth int) int {
	if x := t.words[i] ^ t.words[i-1]; x != 0 {
		return depth&^63 + bits.LeadingZeros64(x)
	}
	return t.leaves.at(t.order[i]).path.commonPrefix(&t.leaves.at(t.order[i-1]).path)
}

// expandLevel parts the nodes [from, to), which are those at depth. A node
// without a cut has all its leaves on one side. Both loops and choices are
// written so that the compiler needs no jumps: no processor would guess them.
func (t *tile) expandLevel(from, to, depth int) {
	t.nodes = slices.Grow(t.nodes, 2*(to-from)+1)
	nodes := t.nodes[:cap(t.nodes)]
	first, end := uint32(1+len(t.order)), uint32(to)
	cuts := t.cuts[t.cutsAt[depth]:]
	bit := 63 - uint(depth)%64
	for i := from; i < to; i++ {
		n := &nodes[i]
		lo, hi, cut := n.lo, n.hi, cuts[0]
		mid := hi - (hi-lo)*uint32(t.words[lo]>>bit&1)
		taken := 0
		if cut < hi {
			taken = 1
			mid = cut
		}
		cuts = cuts[taken:]
		n.mid = mid
		n.left, end = below(nodes, lo, mid, first, end)
		n.right, end = below(nodes, mid, hi, first, end)
	}
	t.nodes = nodes[:end]
}

// below returns the number of the digest over [lo, hi). If that is an inner
// node it is put at nodes[end], and end moves on.
func below(nodes []tileNode, lo, hi, first, end uint32) (number, newEnd uint32) {
	nodes[end] = tileNode{lo: lo, hi: hi}
	number, newEnd = (1+lo)*(hi-lo), end
	if hi-lo > 1 {
		number = first + end
		newEnd++
	}
	return number, newEnd
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
