package sha256x_test

import (
	"testing"

	"github.com/lodeworks/lode/services/pocket/sha256x"
)

// FuzzEach cuts data in messages whose lengths are the bytes of lengths, times their place, and hashes them on every
// tier.
func FuzzEach(f *testing.F) {
	f.Add([]byte{}, []byte{})
	f.Add(random(4096), []byte("sixteen and more of them, each of another length"))
	f.Add(random(700), []byte{0, 55, 28, 14, 64, 120, 119, 63, 1, 2, 3, 5, 8, 13, 21, 34})
	f.Fuzz(func(t *testing.T, data, lengths []byte) {
		var msgs [][]byte
		for i, l := range lengths[:min(len(lengths), 600)] {
			n := min(int(l)*(i%5+1), len(data))
			msgs = append(msgs, data[len(data)-n:])
		}
		want, out := one(msgs), make([][32]byte, len(msgs))
		for _, tier := range tiers {
			if sha256x.Use(tier) == nil {
				sha256x.Each(out, msgs)
				same(t, want, out, tier)
				if n := len(data) / 40; n > 0 {
					equal := make([][32]byte, 40)
					sha256x.Equal(equal, data, n)
					same(t, one(cut(data, n, 40)), equal, tier)
				}
			}
		}
	})
}
