package smst

import (
	"encoding/binary"
	"math/bits"
)

// maxBucketBits bounds the bits by which leaves are distributed.
const maxBucketBits = 16

// buckets are positions in a store, distributed by the first bits of their
// paths and otherwise in the order of arrival: the first step of sorting. Most
// leaves of a bucket meet again in one tile, whose sort stays in the cache.
type buckets struct {
	order []uint32 // positions
	ends  []uint32 // where each bucket ends in order; 1 << bits of them
	bits  int
}

// bucketBits is by how many bits n leaves are distributed: buckets have at
// most half a tile on average.
func bucketBits(n int) int {
	return min(bits.Len(uint(n)/(tileLeaves/2)), maxBucketBits)
}

// distribute makes the buckets. Each worker counts and places an equal share
// of the store.
func distribute(s *store, workers int) buckets {
	b := buckets{order: make([]uint32, s.n), bits: bucketBits(s.n)}
	ids := make([]uint16, s.n)
	next := make([][]uint32, workers)
	inParallel(workers, func(w int) {
		next[w] = make([]uint32, 1<<b.bits)
		for i := w * s.n / workers; i < (w+1)*s.n/workers; i++ {
			ids[i] = uint16(uint32(binary.BigEndian.Uint16(s.at(uint32(i)).path[:])) >> (16 - b.bits))
			next[w][ids[i]]++
		}
	})
	b.ends = starts(next)
	inParallel(workers, func(w int) {
		for i := w * s.n / workers; i < (w+1)*s.n/workers; i++ {
			b.order[next[w][ids[i]]] = uint32(i)
			next[w][ids[i]]++
		}
	})
	return b
}

// starts turns each worker's count of each bucket into where the worker's
// share of the bucket starts, and returns where the buckets end.
func starts(counts [][]uint32) (ends []uint32) {
	sum := uint32(0)
	ends = make([]uint32, len(counts[0]))
	for id := range ends {
		for w := range counts {
			n := counts[w][id]
			counts[w][id] = sum
			sum += n
		}
		ends[id] = sum
	}
	return ends
}

// start is where bucket id starts in order, 0 ≤ id ≤ 1 << bits.
func (b *buckets) start(id int) int {
	if id == 0 {
		return 0
	}
	return int(b.ends[id-1])
}
