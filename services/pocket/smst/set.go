package smst

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"iter"
	"slices"
)

// Set is a growing set of leaves, at most one per path. It costs 72 bytes a
// leaf and 6 to 12 for the index, plus the slack of a growing slice. The zero
// value is an empty set. A Set has one owner at a time.
type Set struct {
	leaves     []Leaf
	index      []uint32 // open addressing; 0 is free, else position in leaves + 1
	duplicates uint64
}

// maxLeaves bounds a set; the index holds 32-bit positions.
const maxLeaves = 1<<32 - 2

// Add puts a leaf in the set and says whether its path was new. A path that is
// there already is counted as a duplicate. Equal paths come from equal relay
// bytes, hence from equal leaves; should two leaves of one path differ all the
// same (two weights), the smaller one stays, so that the outcome does not
// depend on the order even then. A full set (2^32 − 2 leaves) adds nothing.
func (s *Set) Add(l Leaf) bool {
	if 3*(len(s.leaves)+1) > 2*len(s.index) {
		s.grow()
	}
	slot := s.slot(&l.Path)
	if at := s.index[slot]; at != 0 {
		s.duplicates++
		s.settle(&s.leaves[at-1], l)
		return false
	}
	if len(s.leaves) >= maxLeaves {
		return false
	}
	s.leaves = append(s.leaves, l)
	s.index[slot] = uint32(len(s.leaves))
	return true
}

// Has says whether a leaf with this path is in the set.
func (s *Set) Has(path Path) bool {
	return len(s.index) > 0 && s.index[s.slot(&path)] != 0
}

// Len returns the number of leaves.
func (s *Set) Len() int { return len(s.leaves) }

// Duplicates returns how often Add met a path that was there already.
func (s *Set) Duplicates() uint64 { return s.duplicates }

// All yields every leaf once, in the order of arrival. The set must not be
// changed meanwhile.
func (s *Set) All() iter.Seq[Leaf] { return slices.Values(s.leaves) }

// Tree returns the trie of the set as it is now. Later additions do not
// change it.
func (s *Set) Tree() *Tree { return NewTree(s.leaves) }

func (s *Set) settle(have *Leaf, l Leaf) {
	if order := cmp.Or(bytes.Compare(l.Hash[:], have.Hash[:]), cmp.Compare(l.Weight, have.Weight)); order < 0 {
		*have = l
	}
}

// slot finds the place of path in the index: its own, or the free one where it
// belongs. Paths are SHA-256 outputs over bytes that our own signature is part
// of, so their bits serve as the hash.
func (s *Set) slot(path *Path) uint64 {
	mask := uint64(len(s.index) - 1)
	for i := binary.LittleEndian.Uint64(path[8:]) & mask; ; i = (i + 1) & mask {
		at := s.index[i]
		if at == 0 || s.leaves[at-1].Path == *path {
			return i
		}
	}
}

func (s *Set) grow() {
	s.index = make([]uint32, max(16, 2*len(s.index)))
	for i := range s.leaves {
		s.index[s.slot(&s.leaves[i].Path)] = uint32(i + 1)
	}
}
