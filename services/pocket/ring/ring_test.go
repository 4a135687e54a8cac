package ring

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/pocket/modn"
)

func TestHashToScalarIsLeftAligned(t *testing.T) {
	got, err := HashToScalar([]byte("short-241"))
	require.NoError(t, err)
	require.Equal(t, "200f70eb8899c7e91006be0b64ea6611205565e438a40bcc866a7e655c384700", hex.EncodeToString(got[:]))
}

func TestPlaceholderIsTheChainsKey(t *testing.T) {
	secret := secp256k1.GenPrivKeyFromSecret([]byte("placeholder_ring_key_for_apps_without_gateways"))
	p := Placeholder()
	require.Equal(t, secret.PubKey().Bytes(), p[:])
}

// testSignature has the keys and zeros.
func testSignature(image PublicKey, keys []PublicKey) *Signature {
	s := &Signature{image: image}
	s.setSize(len(keys))
	for i, k := range keys {
		s.parts[i].key = k
	}
	return s
}

// TestInfinityInsideEquation makes L the point at infinity: with P = x·G,
// s = −c·x gives s·G + c·P = ∞. The reference must compute the same.
func TestInfinityInsideEquation(t *testing.T) {
	r := newTestRing(t, 2, 0)
	msg := testMessage(1)
	sig := testSignature(r.signer.KeyImage(), r.keys)
	sig.c0 = modn.Scalar{5}
	sig.parts[0].s.Neg(sig.parts[0].s.Mul(&sig.c0, &r.signer.x))
	steps, err := sig.Trace(msg)
	require.NoError(t, err)
	require.Equal(t, PublicKey{0x02}, steps[0].L)
	require.Equal(t, PublicKey{0x02}, steps[0].R)
	decoded, valid := refVerify(msg, sig.Encode())
	require.True(t, decoded)
	require.False(t, valid)
	// Close a ring of one over ∞: c₀ is then the hash of m, ∞, ∞.
	c, err := challenge(&msg, &steps[0].L, &steps[0].R)
	require.NoError(t, err)
	one := testSignature(sig.image, r.keys[:1])
	one.c0 = c
	one.parts[0].s.Neg(one.parts[0].s.Mul(&c, &r.signer.x))
	_, valid = refVerify(msg, one.Encode())
	require.True(t, valid)
	require.NoError(t, NewVerifier(testCache(t, 1)).Verify(msg, one.Encode(), NewSet(r.keys...)))
}

func TestVerifyNamesTheFault(t *testing.T) {
	r := newTestRing(t, 3, 1)
	msg := testMessage(7)
	good, err := r.signer.Sign(msg, testRand(7))
	require.NoError(t, err)
	ring := NewSet(r.keys...)
	edit := func(f func(b []byte)) []byte { b := bytes.Clone(good); f(b); return b }
	tests := map[string]struct {
		sig  []byte
		msg  [32]byte
		set  Set
		want error
		lax  error
	}{
		"good":           {good, msg, ring, nil, nil},
		"other message":  {good, testMessage(8), ring, ErrInvalid, ErrInvalid},
		"other ring":     {good, msg, NewSet(r.keys[:2]...), ErrNotMember, ErrNotMember},
		"empty ring":     {good, msg, Set{}, ErrNotMember, ErrNotMember},
		"no bytes":       {nil, msg, ring, ErrMalformed, ErrMalformed},
		"no members":     {edit(func(b []byte) { b[3] = 0 }), msg, ring, ErrMalformed, ErrMalformed},
		"huge size":      {edit(func(b []byte) { b[0] = 0xff }), msg, ring, ErrMalformed, ErrMalformed},
		"truncated":      {good[:len(good)-1], msg, ring, ErrMalformed, ErrMalformed},
		"trailing byte":  {append(bytes.Clone(good), 0), msg, ring, ErrMalformed, nil},
		"uncompressed":   {edit(func(b []byte) { b[36] = 4 }), msg, ring, ErrMalformed, ErrMalformed},
		"image x ≥ p":    {edit(func(b []byte) { fill(b[37:69], 0xff) }), msg, ring, ErrMalformed, ErrMalformed},
		"scalar ≥ order": {edit(func(b []byte) { fill(b[69:101], 0xff) }), msg, ring, ErrMalformed, ErrInvalid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := NewVerifier(testCache(t, 4))
			require.ErrorIs(t, v.Verify(tt.msg, tt.sig, tt.set), tt.want)
			require.ErrorIs(t, v.VerifyLax(tt.msg, tt.sig, tt.set), tt.lax)
		})
	}
}

func fill(b []byte, v byte) {
	for i := range b {
		b[i] = v
	}
}

func TestStrictBoundsTheRing(t *testing.T) {
	priv, app := testKey("0")
	keys := make([]PublicKey, MaxMembers)
	for i := range keys {
		keys[i] = app
	}
	s, err := NewSigner(nil, priv, keys)
	require.NoError(t, err)
	msg := testMessage(0)
	b, err := s.Sign(msg, testRand(0))
	require.NoError(t, err)
	require.NoError(t, NewVerifier(testCache(t, 1)).Verify(msg, b, NewSet(app)))
	b[3]++ // one member more than the bound, with bytes for it
	b = append(b, b[len(b)-memberLen:]...)
	_, err = Decode(b)
	require.ErrorIs(t, err, ErrMalformed)
	_, err = DecodeLax(b)
	require.NoError(t, err)
}

func TestNewSignerRefuses(t *testing.T) {
	priv, app := testKey("0")
	_, other := testKey("1")
	var zero [32]byte
	over := [32]byte(bytes.Repeat([]byte{0xff}, 32))
	tests := map[string]struct {
		priv [32]byte
		keys []PublicKey
	}{
		"ring of one":    {priv, []PublicKey{app}},
		"empty ring":     {priv, nil},
		"too many":       {priv, make([]PublicKey, MaxMembers+1)},
		"key elsewhere":  {priv, []PublicKey{other, other}},
		"zero key":       {zero, []PublicKey{app, other}},
		"key too large":  {over, []PublicKey{app, other}},
		"not a point":    {priv, []PublicKey{app, {}}},
		"x not on curve": {priv, []PublicKey{app, {0x02, 31: 0, 32: 5}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := NewSigner(nil, tt.priv, tt.keys)
			require.ErrorIs(t, err, ErrSigner)
			require.NotContains(t, err.Error(), hex.EncodeToString(tt.priv[:]))
		})
	}
}

func TestSignerIsImmutable(t *testing.T) {
	r := newTestRing(t, 2, 0)
	msg := testMessage(3)
	r.keys[1] = PublicKey{} // the caller's slice
	b, err := r.signer.Sign(msg, rand.Reader)
	require.NoError(t, err)
	require.NoError(t, NewVerifier(nil).Verify(msg, b, membersOf(b)))
}

// TestRepeatedRandomness signs with a source that always returns the same
// bytes: no scalar of two signatures may be equal.
func TestRepeatedRandomness(t *testing.T) {
	r := newTestRing(t, 3, 1)
	seen := map[[32]byte]bool{}
	for i := range 20 {
		b, err := r.signer.Sign(testMessage(i), testRand(0))
		require.NoError(t, err)
		for _, p := range mustDecode(t, b).parts {
			require.False(t, seen[p.s.Bytes()])
			seen[p.s.Bytes()] = true
		}
	}
}

func TestSignReportsBrokenRandomness(t *testing.T) {
	broken := errors.New("no entropy")
	_, err := newTestRing(t, 2, 0).signer.Sign(testMessage(0), iotest.ErrReader(broken))
	require.ErrorIs(t, err, broken)
	_, err = newTestRing(t, 2, 0).signer.Sign(testMessage(0), strings.NewReader("short"))
	require.Error(t, err)
}

func TestSignerDoesNotPrintItsKey(t *testing.T) {
	r := newTestRing(t, 2, 0)
	x := r.signer.x.Bytes()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		out := fmt.Sprintf(verb, r.signer)
		require.Equal(t, "ring.Signer("+r.signer.PublicKey().String()+")", out)
		require.NotContains(t, out, hex.EncodeToString(x[:]))
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("made", "signer", r.signer)
	require.NotContains(t, log.String(), hex.EncodeToString(x[:]))
}

func TestVerifierKeepsOnlyVerifiedImages(t *testing.T) {
	r := newTestRing(t, 2, 0)
	v := NewVerifier(testCache(t, 4))
	msg := testMessage(5)
	b, err := r.signer.Sign(msg, testRand(5))
	require.NoError(t, err)
	require.ErrorIs(t, v.Verify(testMessage(6), b, NewSet(r.keys...)), ErrInvalid)
	require.Zero(t, v.cache.images.Len())
	require.NoError(t, v.Verify(msg, b, NewSet(r.keys...)))
	require.Equal(t, 1, v.cache.images.Len())
	require.Equal(t, 2, v.cache.members.Len())
}

func TestVerifierIsConcurrent(t *testing.T) {
	v := NewVerifier(testCache(t, 3)) // smaller than the number of keys: entries come and go
	rings := testRings(t)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 20 {
				r := rings[(i+w)%len(rings)]
				b, err := r.signer.Sign(testMessage(i), testRand(w))
				if err == nil {
					err = v.Verify(testMessage(i), b, NewSet(r.keys...))
				}
				if err != nil {
					t.Errorf("worker %d, message %d: %v", w, i, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestEncodeIsTheInverseOfDecode(t *testing.T) {
	for i, r := range testRings(t) {
		b, err := r.signer.Sign(testMessage(i), testRand(i))
		require.NoError(t, err)
		s := mustDecode(t, b)
		require.Equal(t, b, s.Encode())
		require.Equal(t, r.keys, s.Members())
	}
}

func TestSet(t *testing.T) {
	_, a := testKey("0")
	_, b := testKey("1")
	s := NewSet(a, a)
	require.Equal(t, 1, s.Len())
	require.True(t, s.Has(a))
	require.False(t, s.Has(b))
}
