package sha256x_test

import (
	"crypto/sha256"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/pocket/sha256x"
)

var tiers = []string{"avx512", "portable"}

// onEachTier runs f once for each way to hash that the processor has.
func onEachTier(t *testing.T, f func(t *testing.T)) {
	for _, tier := range tiers {
		t.Run(tier, func(t *testing.T) {
			use(t, tier)
			f(t)
		})
	}
}

// use chooses a tier until the end of the test, which is skipped when the processor lacks it.
func use(t testing.TB, tier string) {
	best := "portable"
	if sha256x.Lanes() > 1 {
		best = "avx512"
	}
	if err := sha256x.Use(tier); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { require.NoError(t, sha256x.Use(best)) })
}

// random is n bytes, the same for the same n.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)}).Read(b)
	return b
}

// one is the slow, obvious way: one message at a time.
func one(msgs [][]byte) [][32]byte {
	out := make([][32]byte, len(msgs))
	for i, m := range msgs {
		out[i] = sha256.Sum256(m)
	}
	return out
}

// cut is src in messages of n bytes.
func cut(src []byte, n, count int) [][]byte {
	msgs := make([][]byte, count)
	for i := range msgs {
		msgs[i] = src[i*n : (i+1)*n]
	}
	return msgs
}

// same is require.Equal for digests, fast.
func same(t require.TestingT, want, have [][32]byte, about ...any) {
	if !slices.Equal(want, have) {
		require.Equal(t, want, have, about...)
	}
}
