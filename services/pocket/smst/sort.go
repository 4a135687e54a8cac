package smst

import (
	"cmp"
	"math/bits"
	"slices"
)

// entry is a leaf as it is sorted.
type entry struct {
	key uint64 // first 64 bits of the path
	at  uint32 // position in the store
}

// sorter puts the leaves of a bucket, or of a few, in the order of their
// paths. It keeps its memory from one to the next.
type sorter struct {
	leaves  *store
	entries []entry
	spread  []entry
	ends    []uint32
}

// maxCrowd is the number of leaves in one of the sorter's small buckets from
// which it takes the way that no set of paths makes slow.
const maxCrowd = 16

// sort orders the positions, of leaves that share the first depth bits of
// their paths, by path and position. It says whether no path is there twice.
func (s *sorter) sort(order []uint32, depth int) (distinct bool) {
	s.entries = resize(s.entries, len(order))
	entries, leaves := s.entries, *s.leaves
	for i, at := range order {
		entries[i] = entry{leaves.at(at).path.word(0), at}
	}
	if s.distribute(depth) > maxCrowd {
		slices.SortFunc(s.spread, s.compare)
	} else {
		s.insertionSort()
	}
	distinct = true
	for i, e := range s.spread {
		order[i] = e.at
		if i > 0 && e.key == s.spread[i-1].key && s.comparePaths(e, s.spread[i-1]) == 0 {
			distinct = false
		}
	}
	return distinct
}

// distribute puts the entries into small buckets, about as many as there are
// entries, by the bits from depth on. It returns the number in the fullest.
func (s *sorter) distribute(depth int) (crowd uint32) {
	width := min(bits.Len(uint(len(s.entries)))+1, maxBucketBits)
	s.ends = resize(s.ends, 1<<width)
	clear(s.ends)
	up, down := depth, 64-width
	for i := range s.entries {
		s.ends[s.entries[i].key<<up>>down]++
	}
	sum := uint32(0)
	for i, n := range s.ends {
		s.ends[i] = sum
		sum += n
		crowd = max(crowd, n)
	}
	s.spread = resize(s.spread, len(s.entries))
	for _, e := range s.entries {
		end := &s.ends[e.key<<up>>down]
		s.spread[*end] = e
		*end++
	}
	return crowd
}

// insertionSort finishes: each entry is less than maxCrowd places off.
func (s *sorter) insertionSort() {
	for i := 1; i < len(s.spread); i++ {
		e := s.spread[i]
		j := i
		for ; j > 0 && s.less(e, s.spread[j-1]); j-- {
			s.spread[j] = s.spread[j-1]
		}
		s.spread[j] = e
	}
}

func (s *sorter) less(a, b entry) bool {
	return a.key < b.key || a.key == b.key && s.compare(a, b) < 0
}

func (s *sorter) compare(a, b entry) int {
	return cmp.Or(cmp.Compare(a.key, b.key), s.comparePaths(a, b), cmp.Compare(a.at, b.at))
}

func (s *sorter) comparePaths(a, b entry) int {
	return s.leaves.at(a.at).path.compare(&s.leaves.at(b.at).path)
}

// resize returns a slice of n elements, b's if it has room; what they are is
// not defined.
func resize[T any](b []T, n int) []T {
	if cap(b) < n {
		return make([]T, n)
	}
	return b[:n]
}
