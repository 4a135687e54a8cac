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

	// maxLength bounds a message of hash16, in bytes. The kernel is not
	// interrupted, by the garbage collector neither, and this is 1 ms of it.
	maxLength = 256 << 10

	// maxBatch bounds what Each sorts at once; an index fits 8 bits.
	maxBatch = 256

	// worth is how many blocks crypto/sha256 takes in while hash16 takes in
	// one of each lane: with fewer busy lanes it is the slower one.
	worth = 6
)

// blocks is how many blocks of 64 bytes a message of n bytes has with its
// padding, of nine bytes at least.
func blocks(n int) int { return (n+8)/64 + 1 }

// group is the input of hash16.
type group struct {
	messages [lanes]*byte
	lengths  [lanes]int32
}

// set gives lane i a message of n bytes; the lane stays idle when n is idle.
func (g *group) set(i int, first *byte, n int) {
	g.messages[i], g.lengths[i] = first, int32(n)
}

// idle is the length of no message.
const idle = -64

// equalWide is Equal for the first messages; it tells for how many. It leaves
// the last ones when they are too few.
func equalWide(out [][32]byte, src []byte, n int) int {
	var g group
	done := 0
	for ; len(out)-done >= lanes; done += lanes {
		for i := range lanes {
			g.set(i, unsafe.SliceData(src[:n]), n)
			src = src[n:]
		}
		hash16((*[lanes][32]byte)(out[done:]), &g.messages, &g.lengths, blocks(n))
	}
	rest := len(out) - done
	if rest < worth {
		return done
	}
	first := unsafe.SliceData(src)
	for i := range lanes {
		if i >= rest {
			g.set(i, first, idle)
			continue
		}
		g.set(i, unsafe.SliceData(src[:n]), n)
		src = src[n:]
	}
	var digests [lanes][32]byte
	hash16(&digests, &g.messages, &g.lengths, blocks(n))
	copy(out[done:], digests[:])
	return len(out)
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
		if cost := sum + worth*size(o); cost < least {
			best, least = i, cost
		}
		sum += size(o)
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
		g.set(i, unsafe.SliceData(m), len(m))
	}
	for i := len(order); i < lanes; i++ {
		g.set(i, g.messages[0], idle)
	}
	hash16(&digests, &g.messages, &g.lengths, size(order[0]))
	for i, o := range order {
		out[index(o)] = digests[i]
	}
}
