package keys

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"testing"

	secp "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lodeworks/lode/services/pocket/curve"
	"github.com/lodeworks/lode/services/pocket/modn"
)

// order is the group order plus add, big-endian.
func order(add int64) (b [32]byte) {
	new(big.Int).Add(secp.Params().N, big.NewInt(add)).FillBytes(b[:])
	return b
}

func ones() (b [32]byte) {
	for i := range b {
		b[i] = 0xff
	}
	return b
}

// edges are digests and, where they are in range, keys.
var edges = [][32]byte{{}, {31: 1}, {31: 2}, order(-2), order(-1), order(0), order(1), ones(), {0: 0x80}, {0: 0x7f}}

// number draws 32 bytes, one time in four an edge.
func number(t *rapid.T, name string) [32]byte {
	if rapid.IntRange(0, 3).Draw(t, name+" edge") == 0 {
		return rapid.SampledFrom(edges).Draw(t, name)
	}
	return [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, name))
}

func checkSign(t require.TestingT, key, digest [32]byte) {
	p, err := NewPrivate(key)
	var x secp.ModNScalar
	if x.SetBytes(&key) != 0 || x.IsZero() {
		require.ErrorIs(t, err, ErrKey)
		return
	}
	require.NoError(t, err)
	theirs := secp.NewPrivateKey(&x)
	require.Equal(t, key, p.Secret())
	public := p.Public()
	require.Equal(t, theirs.PubKey().SerializeCompressed(), public[:])
	sig := p.SignDigest(digest)
	require.Equal(t, ecdsa.SignCompact(theirs, digest[:], true)[1:], sig[:], "key %x, digest %x", key, digest)
	s, below := modn.FromBytes((*[32]byte)(sig[32:]))
	require.True(t, below && !s.IsHigh() && !s.IsZero())
}

func TestSignDigestLikeDecred(t *testing.T) {
	for _, key := range edges {
		for _, digest := range edges {
			checkSign(t, key, digest)
		}
	}
	rapid.Check(t, func(rt *rapid.T) { checkSign(rt, number(rt, "key"), number(rt, "digest")) })
	for i := range uint64(500) {
		var seed [8]byte
		binary.BigEndian.PutUint64(seed[:], i)
		key := sha256.Sum256(seed[:])
		checkSign(t, key, sha256.Sum256(key[:]))
	}
}

func TestSignDigestInEveryTier(t *testing.T) {
	defer func() { require.NoError(t, curve.Use(curve.Best())) }()
	for tier := curve.Portable; tier <= curve.Best(); tier++ {
		require.NoError(t, curve.Use(tier))
		for i, digest := range edges {
			checkSign(t, sha256.Sum256([]byte{byte(i)}), digest)
		}
	}
}

func FuzzSignDigest(f *testing.F) {
	f.Add(make([]byte, 64))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 64 {
			checkSign(t, [32]byte(b[:32]), [32]byte(b[32:]))
		}
	})
}

// TestNonces compares the stream with decred's, further than any signature goes.
func TestNonces(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		key, digest := number(rt, "key"), number(rt, "digest")
		n := newNonces(&key, &digest)
		for i := range uint32(4) {
			want := secp.NonceRFC6979(key[:], digest[:], nil, nil, i).Bytes()
			require.Equal(rt, want, n.next())
		}
	})
}

// TestNoncesRFC6979 has the vectors for secp256k1 and SHA-256 that libraries
// share; the RFC itself has none for this curve.
func TestNoncesRFC6979(t *testing.T) {
	vectors := map[string][2]string{
		"8f8a276c19f4149656b280621e358cce24f5f52542772691ee69063b74f15d15": {"1", "Satoshi Nakamoto"},
		"38aa22d72376b4dbc472e06c3ba403ee0a394da63fc58d88686c611aba98d6b3": {"1", "All those moments will be lost in time, like tears in rain. Time to die..."},
		"33a19b60e25fb6f4435af53a3d42d493644827367e6453928554f43e49aa6f90": {"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", "Satoshi Nakamoto"},
	}
	for want, v := range vectors {
		x, _ := new(big.Int).SetString(v[0], 16)
		var key [32]byte
		x.FillBytes(key[:])
		digest := sha256.Sum256([]byte(v[1]))
		n := newNonces(&key, &digest)
		require.Equal(t, want, fmt.Sprintf("%x", n.next()))
	}
}

// listed returns the candidates in turn.
func listed(list ...[32]byte) func() [32]byte {
	return func() [32]byte {
		c := list[0]
		list = list[1:]
		return c
	}
}

// slowSign is a signature in math/big, without retries.
func slowSign(key, digest, nonce [32]byte) (sig [64]byte) {
	n := secp.Params().N
	number := func(b [32]byte) *big.Int { return new(big.Int).SetBytes(b[:]) }
	r, _ := secp.S256().ScalarBaseMult(nonce[:])
	r.Mod(r, n)
	s := new(big.Int).Mul(r, number(key))
	s.Add(s, number(digest)).Mul(s, new(big.Int).ModInverse(number(nonce), n)).Mod(s, n)
	if s.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
		s.Sub(n, s)
	}
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return sig
}

func TestSignRefusesCandidates(t *testing.T) {
	key, good := sha256.Sum256([]byte("key")), sha256.Sum256([]byte("nonce"))
	digest := sha256.Sum256([]byte("digest"))
	p, err := NewPrivate(key)
	require.NoError(t, err)
	want := slowSign(key, digest, good)
	require.Equal(t, want, p.key.sign(&digest, listed(good)))
	require.Equal(t, want, p.key.sign(&digest, listed(order(0), [32]byte{}, order(1), ones(), good)))
}

// TestSignRefusesZeroS makes the digest −R·key, for which S is 0.
func TestSignRefusesZeroS(t *testing.T) {
	key, first, second := sha256.Sum256([]byte("key")), [32]byte{31: 7}, [32]byte{31: 9}
	p, err := NewPrivate(key)
	require.NoError(t, err)
	seven := modn.Scalar{7}
	r, _ := p.key.signWith(&seven, &modn.Scalar{})
	var z modn.Scalar
	z.Mul(&r, &p.key.scalar)
	z.Neg(&z)
	digest := z.Bytes()
	require.Equal(t, slowSign(key, digest, second), p.key.sign(&digest, listed(first, second)))
}

func TestSignAllocatesNothing(t *testing.T) {
	p, err := NewPrivate([32]byte{31: 5})
	require.NoError(t, err)
	require.Zero(t, testing.AllocsPerRun(10, func() { p.SignDigest([32]byte{1}) }))
}

func BenchmarkSignDigest(b *testing.B) {
	key := sha256.Sum256([]byte("bench"))
	p, err := NewPrivate(key)
	require.NoError(b, err)
	digest := key
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sig := p.SignDigest(digest)
			copy(digest[:], sig[:])
		}
	})
	b.Run("decred", func(b *testing.B) {
		b.ReportAllocs()
		theirs := secp.PrivKeyFromBytes(key[:])
		for b.Loop() {
			copy(digest[:], ecdsa.SignCompact(theirs, digest[:], true)[1:])
		}
	})
	b.Run("nonce", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n := newNonces(&key, &digest)
			digest = n.next()
		}
	})
}
