package smst

import (
	"bytes"
	"cmp"
	"iter"
)

// Set is a growing set of leaves, at most one per path. It costs 64 bytes a
// leaf and 5 to 9 for the index, and 8 more if leaves of different weights are
// in it. The zero value is an empty set. A Set has one owner at a time.
type Set struct {
	leaves     store
	index      index
	duplicates uint64
}

// maxLeaves bounds a set: what an index of 2^32 slots takes.
const maxLeaves = 1 << 32 / 8 * 7

// Add puts a leaf in the set and says whether its path was new. A path that is
// there already is counted as a duplicate. Equal paths come from equal relay
// bytes, hence from equal leaves; should two leaves of one path differ all the
// same (two weights), the smaller one stays, so that the outcome does not
// depend on the order even then. A full set (7 · 2^29 leaves) adds nothing.
func (s *Set) Add(l Leaf) bool {
	if s.leaves.n < maxLeaves && s.index.full(s.leaves.n) {
		s.index.grow(&s.leaves)
	}
	slot, at, found := s.index.find(&s.leaves, &l.Path)
	if found {
		s.duplicates++
		s.settle(at, &l)
		return false
	}
	if s.leaves.n >= maxLeaves {
		return false
	}
	s.index.put(slot, &l.Path, uint32(s.leaves.n))
	s.leaves.add(&l)
	return true
}

// Has says whether a leaf with this path is in the set.
func (s *Set) Has(path Path) bool {
	if s.leaves.n == 0 {
		return false
	}
	_, _, found := s.index.find(&s.leaves, &path)
	return found
}

// Len returns the number of leaves.
func (s *Set) Len() int { return s.leaves.n }

// Leaf returns the i-th leaf in the order of arrival, 0 ≤ i < Len.
func (s *Set) Leaf(i int) Leaf { return s.leaves.leaf(uint32(i)) }

// Duplicates returns how often Add met a path that was there already.
func (s *Set) Duplicates() uint64 { return s.duplicates }

// All yields every leaf once, in the order of arrival. The set must not be
// changed meanwhile.
func (s *Set) All() iter.Seq[Leaf] {
	return func(yield func(Leaf) bool) {
		for i := range s.leaves.n {
			if !yield(s.leaves.leaf(uint32(i))) {
				return
			}
		}
	}
}

// Tree returns the trie of the set as it is now. Later additions do not
// change it. The leaves are shared: the tree costs 4 bytes a leaf more.
func (s *Set) Tree() *Tree {
	t, _ := build(s.leaves.snapshot(), workersFor(s.Len()))
	return t
}

func (s *Set) settle(at uint32, l *Leaf) {
	have := s.leaves.leaf(at)
	if cmp.Or(bytes.Compare(l.Hash[:], have.Hash[:]), cmp.Compare(l.Weight, have.Weight)) < 0 {
		s.leaves.replace(at, l)
	}
}
