package smst

import "encoding/binary"

// index finds the position of a path in a store: open addressing in slots of
// 32 bits, at most 7/8 of them taken, which is 4.6 to 9.2 bytes per leaf.
//
// A slot is 0 when free. Otherwise its low bits, as many as number the slots,
// are the position plus one, and the bits above are some of the path's, so
// that the record of another path is seldom looked at.
type index struct {
	slots []uint32
	bits  int // len(slots) = 1 << bits, once there are any; at most 32
}

// minIndexBits makes the smallest index 16 slots.
const minIndexBits = 4

// full says whether the index must grow before n+1 leaves are in it.
func (x *index) full(n int) bool { return n+1 > len(x.slots)/8*7 }

// find returns the slot of path: with its position, or free.
func (x *index) find(s *store, path *Path) (slot uint64, at uint32, found bool) {
	home, tag := x.home(path)
	mask := uint32(len(x.slots) - 1)
	for slot = home; ; slot = (slot + 1) & uint64(mask) {
		v := x.slots[slot]
		if v == 0 {
			return slot, 0, false
		}
		if at = v&mask - 1; v&^mask == tag && s.at(at).path == *path {
			return slot, at, true
		}
	}
}

// put notes that the path of a free slot is at a position.
func (x *index) put(slot uint64, path *Path, at uint32) {
	_, tag := x.home(path)
	x.slots[slot] = tag | (at + 1)
}

// grow doubles the slots.
func (x *index) grow(s *store) {
	x.bits = max(minIndexBits, x.bits+1)
	x.slots = make([]uint32, 1<<x.bits)
	for i := range s.n {
		path := &s.at(uint32(i)).path
		slot, _, _ := x.find(s, path)
		x.put(slot, path, uint32(i))
	}
}

// home is the slot at which the search for a path starts, and its tag. Paths
// are SHA-256 outputs over bytes that our own signature is part of, so their
// bits serve as the hash. All four words count, so that the long common
// prefixes of a test do no harm.
func (x *index) home(path *Path) (slot uint64, tag uint32) {
	h := binary.LittleEndian.Uint64(path[:]) ^ binary.LittleEndian.Uint64(path[8:]) ^
		binary.LittleEndian.Uint64(path[16:]) ^ binary.LittleEndian.Uint64(path[24:])
	return h & uint64(len(x.slots)-1), uint32(h>>32) << x.bits
}
