package smst

import "slices"

// store keeps leaves in the order in which they came. A leaf costs 64 bytes,
// one cache line, as long as all weigh the same, and 72 otherwise.
type store struct {
	chunks  [][]record // all but the last are full
	n       int        // leaves in all
	weight  uint64     // of every leaf while weights is nil
	weights []uint64   // of each leaf, once two differ
}

// record is a leaf without its weight.
type record struct {
	path Path
	hash [32]byte
}

// chunkLeaves is the number of records in a full chunk (64 KiB): what a
// growing store has to spare is less than a chunk.
const chunkLeaves = 1 << 10

// at returns the record at a position below n. It must not be changed.
func (s *store) at(i uint32) *record { return &s.chunks[i/chunkLeaves][i%chunkLeaves] }

func (s *store) weightAt(i uint32) uint64 {
	if s.weights == nil {
		return s.weight
	}
	return s.weights[i]
}

func (s *store) leaf(i uint32) Leaf {
	r := s.at(i)
	return Leaf{Path: r.path, Hash: r.hash, Weight: s.weightAt(i)}
}

// add appends a leaf.
func (s *store) add(l *Leaf) {
	if s.n%chunkLeaves == 0 {
		s.addChunk()
	}
	last := &s.chunks[len(s.chunks)-1]
	*last = append(*last, record{l.Path, l.Hash})
	s.n++
	if s.n == 1 {
		s.weight = l.Weight
	}
	if s.weigh(l.Weight) {
		s.weights = append(s.weights, l.Weight)
	}
}

// addChunk adds an empty chunk. The first grows with its leaves, so that a
// small store stays small.
func (s *store) addChunk() {
	var c []record
	if s.n > 0 {
		c = make([]record, 0, chunkLeaves)
	}
	s.chunks = append(s.chunks, c)
}

// weigh says whether weights are kept leaf by leaf, and starts to when weight
// is the first that differs: with those of the leaves before the last.
func (s *store) weigh(weight uint64) bool {
	if s.weights == nil && weight != s.weight {
		s.weights = slices.Repeat([]uint64{s.weight}, s.n-1)
	}
	return s.weights != nil
}

// replace puts a leaf in the place of another. Snapshots keep the other.
func (s *store) replace(i uint32, l *Leaf) {
	c := &s.chunks[i/chunkLeaves]
	*c = slices.Clone(*c)
	(*c)[i%chunkLeaves] = record{l.Path, l.Hash}
	if s.weights == nil && l.Weight == s.weight {
		return
	}
	weights := make([]uint64, s.n)
	for j := range weights {
		weights[j] = s.weightAt(uint32(j))
	}
	weights[i] = l.Weight
	s.weights = weights
}

// snapshot is the store as it is now; it does not see what comes later.
func (s *store) snapshot() store {
	c := *s
	c.chunks = slices.Clone(s.chunks)
	return c
}
