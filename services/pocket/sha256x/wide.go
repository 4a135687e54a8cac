package sha256x

import (
	"crypto/sha256"
	"math"
	"slices"
	"unsafe"
)

const (
	// lanes is how many messages hash16 takes.
	lanes = 16

	// maxLength bounds a message of hash16, in bytes. Nothing interrupts the
	// kernel, not even the garbage collector, which waits 1.1 ms for this.
	maxLength = 256 << 10

	// maxBatch bounds what Each sorts at once; an index fits 8 bits.
	maxBatch = 256

	// worth is how many blocks crypto/sha256 takes in while hash16 takes in
	// one of each lane; measured: 38.7 and 269 ns.
	worth = 7

	// start is how many blocks of time a call of either takes beside.
	start = 1
)

// blocks is how many blocks of 64 bytes a message of n bytes has with its
// padding, of nine bytes at least.
func blocks(n int) int { return (n+8)/64 + 1 }

// single and shared are what a message costs in crypto/sha256, and hash16 for
// messages of which the longest has so many blocks; in blocks of the former.
func single(blocks int) int { return start + blocks }
func shared(blocks int) int { return start + worth*blocks }

// group is the input of hash16.
type group struct {
	messages [lanes]*byte
	lengths  [lanes]int32
}

// idle is the length of no message.
const idle = -64

// rest makes lanes idle, those from n on.
func (g *group) rest(n int) {
	for i := n; i < lanes; i++ {
		g.messages[i], g.lengths[i] = g.messages[0], idle
	}
}

// equalWide is Equal for the first messages; it tells for how many. It leaves
// the last ones when they are too few. The caller has checked that src holds
// them all.
func equalWide(out [][32]byte, src []byte, n int) int {
	var g group
	for i := range g.lengths {
		g.lengths[i] = int32(n)
	}
	done := 0
	for ; len(out)-done >= lanes; done += lanes {
		g.row(src, done*n, n, lanes)
		hash16((*[lanes][32]byte)(out[done:]), &g.messages, &g.lengths, blocks(n))
	}
	rest := len(out) - done
	if rest*single(blocks(n)) <= shared(blocks(n)) {
		return done
	}
	g.row(src, done*n, n, rest)
	g.rest(rest)
	var digests [lanes][32]byte
	hash16(&digests, &g.messages, &g.lengths, blocks(n))
	copy(out[done:], digests[:])
	return len(out)
}

// row gives the first lanes count messages of n bytes, which lie end to end in
// src from at on.
func (g *group) row(src []byte, at, n, count int) {
	first := unsafe.Pointer(unsafe.SliceData(src))
	for i := range g.messages[:count] {
		g.messages[i] = (*byte)(unsafe.Add(first, at+i*n))
	}
}

// place is where message i, of n bytes, stands in the order: the longest
// first. It holds both.
func place(i, n int) uint32 { return uint32(blocks(maxLength)-blocks(n))<<8 | uint32(i) }

// index and size are the message of a place, and how many blocks it has.
func index(place uint32) int { return int(place & 0xff) }
func size(place uint32) int  { return blocks(maxLength) - int(place>>8) }

// eachWide is Each for at most maxBatch messages. It hashes them in groups of
// about the same length, the longest first.
func eachWide(out [][32]byte, msgs [][]byte) {
	var room [maxBatch]uint32
	order := room[:0]
	for i, m := range msgs {
		if len(m) > maxLength {
			out[i] = sha256.Sum256(m)
			continue
		}
		order = append(order, place(i, len(m)))
	}
	slices.Sort(order)
	for len(order) > 0 {
		n := min(len(order), lanes)
		alone := stragglers(order[:n])
		for _, o := range order[:alone] {
			out[index(o)] = sha256.Sum256(msgs[index(o)])
		}
		if alone == 0 {
			together(out, msgs, order[:n])
			alone = n
		}
		order = order[alone:]
	}
}

// stragglers tells how many of the first of a group, the longest, are better
// hashed by crypto/sha256: all when the group is small, and those that would
// go on alone for long when the other lanes are done.
func stragglers(order []uint32) int {
	best, least, sum := len(order), math.MaxInt, 0
	for i, o := range order {
		if sum >= least {
			return best
		}
		if cost := sum + shared(size(o)); cost < least {
			best, least = i, cost
		}
		sum += single(size(o))
	}
	if sum < least {
		return len(order)
	}
	return best
}

// together hashes at most 16 messages, the first of which is the longest.
func together(out [][32]byte, msgs [][]byte, order []uint32) {
	var g group
	var digests [lanes][32]byte
	for i, o := range order {
		m := msgs[index(o)]
		g.messages[i], g.lengths[i] = unsafe.SliceData(m), int32(len(m))
	}
	g.rest(len(order))
	hash16(&digests, &g.messages, &g.lengths, size(order[0]))
	for i, o := range order {
		out[index(o)] = digests[i]
	}
}
