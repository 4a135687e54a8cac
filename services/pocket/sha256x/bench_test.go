package sha256x_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/lodeworks/lode/services/pocket/sha256x"
)

// perMessage runs f on every tier; f hashes count messages.
func perMessage(b *testing.B, name string, count int, f func()) {
	for _, tier := range tiers {
		b.Run(name+"/"+tier, func(b *testing.B) {
			use(b, tier)
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(count), "ns/message")
		})
	}
}

// BenchmarkEqual: inner nodes of a trie, and relays if they were all as long. The portable tier is crypto/sha256.
func BenchmarkEqual(b *testing.B) {
	const count = 1024
	for _, n := range []int{113, 1200} {
		src, out := random(n*count), make([][32]byte, count)
		perMessage(b, fmt.Sprint(n), count, func() { sha256x.Equal(out, src, n) })
	}
}

// BenchmarkEach: batches of relays of half a kilobyte to two.
func BenchmarkEach(b *testing.B) {
	for _, count := range []int{1, 4, 8, 16, 64, 256, 1024} {
		r := rand.New(rand.NewPCG(1, uint64(count)))
		pool, msgs := random(1<<20), make([][]byte, count)
		for i := range msgs {
			at := r.IntN(len(pool) - 2000)
			msgs[i] = pool[at : at+500+r.IntN(1500)]
		}
		out := make([][32]byte, count)
		perMessage(b, fmt.Sprint(count), count, func() { sha256x.Each(out, msgs) })
	}
}

// BenchmarkEachEqual: Each has to find out by itself that the lengths are the same.
func BenchmarkEachEqual(b *testing.B) {
	for _, n := range []int{113, 1200} {
		msgs := cut(random(n*256), n, 256)
		out := make([][32]byte, len(msgs))
		perMessage(b, fmt.Sprint(n), len(msgs), func() { sha256x.Each(out, msgs) })
	}
}
