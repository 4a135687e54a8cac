package ring

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/pocket/curve"
)

// eachTier runs a test in every way to compute that this processor has.
func eachTier(t *testing.T, test func(t *testing.T)) {
	for at := curve.Portable; at <= curve.Best(); at++ {
		t.Run(at.String(), func(t *testing.T) {
			require.NoError(t, curve.Use(at))
			defer func() { require.NoError(t, curve.Use(curve.Best())) }()
			test(t)
		})
	}
}

// In every tier, with points that have tables and with none at all, the same
// signatures are valid, the reference's among them, and with a bit of the
// message changed none is.
func TestTiersAgree(t *testing.T) {
	for _, r := range testRings(t) {
		theirs := refSign(t, r.priv, r.keys, testMessage(0))
		set := NewSet(r.keys...)
		eachTier(t, func(t *testing.T) {
			cache := testCache(t, 16)
			signer, err := NewSigner(cache, r.priv, r.keys)
			require.NoError(t, err)
			warm, cold := NewVerifier(cache), NewVerifier(nil)
			for i := range 3 * usesPerTable {
				msg := testMessage(i)
				ours, err := signer.Sign(msg, testRand(i))
				require.NoError(t, err)
				require.NoError(t, warm.Verify(msg, ours, set))
				require.NoError(t, warm.Verify(testMessage(0), theirs, set))
				msg[i%32] ^= 1 << (i % 8)
				require.ErrorIs(t, warm.Verify(msg, ours, set), ErrInvalid)
				if i%16 == 0 {
					require.ErrorIs(t, cold.Verify(msg, ours, set), ErrInvalid)
					require.NoError(t, cold.Verify(testMessage(0), theirs, set))
					_, valid := refVerify(testMessage(i), ours)
					require.True(t, valid)
				}
			}
			require.NotZero(t, cache.tables.Len(), "the points have no tables")
		})
	}
}

// Every signature with one bit changed is judged as the reference judges it,
// with and without tables, in every tier.
func TestEveryBit(t *testing.T) {
	r := newTestRing(t, 2, 1)
	msg := testMessage(1)
	good, err := r.signer.Sign(msg, testRand(1))
	require.NoError(t, err)
	want := make([]bool, 8*len(good))
	for bit := range want {
		_, want[bit] = refVerify(msg, flipped(good, bit))
	}
	eachTier(t, func(t *testing.T) {
		warm := NewVerifier(testCache(t, 16))
		for range 2 * usesPerTable {
			require.NoError(t, warm.Verify(msg, good, NewSet(r.keys...)))
		}
		for bit, accepted := range want {
			sig := flipped(good, bit)
			require.Equal(t, accepted, warm.VerifyLax(msg, sig, membersOf(sig)) == nil, "bit %d", bit)
			require.Equal(t, accepted, NewVerifier(nil).VerifyLax(msg, sig, membersOf(sig)) == nil, "bit %d, cold", bit)
		}
	})
}

func flipped(b []byte, bit int) []byte {
	out := append([]byte(nil), b...)
	out[bit/8] ^= 1 << (bit % 8)
	return out
}

// A cache that is too small for its traffic makes and drops tables and stays
// right.
func TestSmallCache(t *testing.T) {
	cache, err := NewCache(4, 2)
	require.NoError(t, err)
	v := NewVerifier(cache)
	for i := range 6 * usesPerTable {
		r := newTestRing(t, 2+i%3, i%2)
		sig, err := r.signer.Sign(testMessage(i), testRand(i))
		require.NoError(t, err)
		require.NoError(t, v.Verify(testMessage(i), sig, NewSet(r.keys...)))
		require.LessOrEqual(t, cache.tables.Len(), 2)
	}
}

// Nothing is allocated for a valid signature whose points are remembered.
func TestVerifyAllocatesNothing(t *testing.T) {
	r := newTestRing(t, 3, 1)
	msg := testMessage(2)
	sig, err := r.signer.Sign(msg, testRand(2))
	require.NoError(t, err)
	v, set := NewVerifier(testCache(t, 8)), NewSet(r.keys...)
	for range 2 * usesPerTable {
		require.NoError(t, v.Verify(msg, sig, set))
	}
	require.Zero(t, testing.AllocsPerRun(200, func() { _ = v.Verify(msg, sig, set) }))
}
