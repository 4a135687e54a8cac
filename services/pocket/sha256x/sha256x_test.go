package sha256x_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lodeworks/lode/services/pocket/sha256x"
)

// TestEverySize: every length and every number of messages, so every lane and every place of the padding.
func TestEverySize(t *testing.T) {
	const count = 70
	onEachTier(t, func(t *testing.T) {
		for n := range 301 {
			src := random(n * count)
			msgs := cut(src, n, count)
			want := one(msgs)
			for k := range count + 1 {
				equal, each := make([][32]byte, k), make([][32]byte, k)
				sha256x.Equal(equal, src, n)
				sha256x.Each(each, msgs[:k])
				same(t, want[:k], equal, "%d messages of %d bytes", k, n)
				same(t, want[:k], each, "%d messages of %d bytes", k, n)
			}
		}
	})
}

// TestEveryMix: lengths that differ within a group.
func TestEveryMix(t *testing.T) {
	const limit = 8 << 10
	pool := random(2 * limit)
	onEachTier(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
			longest := rapid.IntRange(0, limit).Draw(t, "longest")
			msgs := make([][]byte, rapid.IntRange(0, 300).Draw(t, "count"))
			for i := range msgs {
				at, n := r.IntN(limit), r.IntN(longest+1)
				msgs[i] = pool[at : at+n]
			}
			out := make([][32]byte, len(msgs))
			sha256x.Each(out, msgs)
			same(t, one(msgs), out)
		})
	})
}

// TestStragglers: messages that are much longer than the others, and some that no lane takes.
func TestStragglers(t *testing.T) {
	onEachTier(t, func(t *testing.T) {
		for _, long := range []int{5_000, 256 << 10, 256<<10 + 1, 1 << 20} {
			for count := range 20 {
				msgs := cut(random(100*64), 100, 64)
				for i := range count {
					msgs[3*i] = random(long + i)
				}
				out := make([][32]byte, len(msgs))
				sha256x.Each(out, msgs)
				same(t, one(msgs), out, "%d of %d bytes", count, long)
			}
		}
	})
}

func TestNilMessages(t *testing.T) {
	onEachTier(t, func(t *testing.T) {
		out := make([][32]byte, 17)
		sha256x.Each(out, make([][]byte, 17))
		same(t, one(make([][]byte, 17)), out)
		sha256x.Equal(out, nil, 0)
		same(t, one(make([][]byte, 17)), out)
	})
}

// TestMoreOutThanMessages: what is beyond the messages stays.
func TestMoreOutThanMessages(t *testing.T) {
	onEachTier(t, func(t *testing.T) {
		out := make([][32]byte, 40)
		for i := range out {
			out[i][0] = 1
		}
		sha256x.Each(out, cut(random(170), 10, 17))
		for _, d := range out[17:] {
			require.Equal(t, [32]byte{1}, d)
		}
	})
}

func TestPanics(t *testing.T) {
	onEachTier(t, func(t *testing.T) {
		for _, count := range []int{1, 17, 32} {
			out := make([][32]byte, count)
			require.Panics(t, func() { sha256x.Equal(out, make([]byte, 100*count-1), 100) })
			require.Panics(t, func() { sha256x.Equal(out, make([]byte, 100*count)[:99*count], 100) })
			require.Panics(t, func() { sha256x.Equal(out, nil, 1<<60) })
			require.Panics(t, func() { sha256x.Equal(out, make([]byte, 100), -1) })
			require.Panics(t, func() { sha256x.Each(out, make([][]byte, count+1)) })
		}
	})
}

func TestAllocations(t *testing.T) {
	msgs := cut(random(1200*100), 1200, 100)
	out := make([][32]byte, len(msgs))
	onEachTier(t, func(t *testing.T) {
		require.Zero(t, testing.AllocsPerRun(20, func() { sha256x.Each(out, msgs) }))
		require.Zero(t, testing.AllocsPerRun(20, func() { sha256x.Equal(out, msgs[0][:1200:1200], 12) }))
	})
}

func TestUse(t *testing.T) {
	require.Error(t, sha256x.Use("abacus"))
	onEachTier(t, func(t *testing.T) {
		require.Equal(t, map[bool]int{true: 16, false: 1}[t.Name() == "TestUse/avx512"], sha256x.Lanes())
	})
}

func Example() {
	out := make([][32]byte, 2)
	sha256x.Each(out, [][]byte{[]byte("abc"), {}})
	fmt.Printf("%x\n%x\n", out[0][:4], out[1][:4])
	// Output:
	// ba7816bf
	// e3b0c442
}
