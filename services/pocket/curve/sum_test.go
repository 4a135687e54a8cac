package curve

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"

	secp "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lodeworks/lode/services/pocket/modn"
)

// eachTier runs a test in every tier that this processor has.
func eachTier(t *testing.T, test func(t *testing.T)) {
	for at := Portable; at <= Best(); at++ {
		t.Run(at.String(), func(t *testing.T) {
			require.NoError(t, Use(at))
			defer func() { require.NoError(t, Use(Best())) }()
			test(t)
		})
	}
}

// testPoint returns a point that depends on n alone, 0 the generator.
func testPoint(n int) (p Affine) {
	if n == 0 {
		return generator
	}
	digest := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
	for {
		var x Field
		x.SetBytes(&digest)
		if p.lift(&x, n%2 == 1) {
			return p
		}
		digest = sha256.Sum256(digest[:])
	}
}

// genScalar draws a scalar below the group order, often an extreme one.
func genScalar(t *rapid.T, name string) (k modn.Scalar) {
	limb := rapid.OneOf(rapid.Uint64(), rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 2, ^uint64(0), 1 << 63}))
	for i := range k {
		k[i] = limb.Draw(t, name)
	}
	if k[3] == ^uint64(0) && k[2] >= order[2] {
		k[2] = order[2] - 1
	}
	switch rapid.IntRange(0, 20).Draw(t, name+" end") {
	case 0:
		k = modn.Scalar{uint64(rapid.IntRange(0, 3).Draw(t, name))}
	case 1:
		k = modn.Scalar(order)
		k[0] -= uint64(rapid.IntRange(1, 3).Draw(t, name))
	}
	return k
}

// official is k·p by the library that the network's keys use.
func official(k *modn.Scalar, p *Affine) (q Affine) {
	var s secp.ModNScalar
	var from, to secp.JacobianPoint
	raw := scalarBytes(k)
	s.SetBytes(&raw)
	x, y := p.X.Bytes(), p.Y.Bytes()
	from.X.SetBytes(&x)
	from.Y.SetBytes(&y)
	from.Z.SetInt(1)
	secp.ScalarMultNonConst(&s, &from, &to)
	to.ToAffine()
	q.X.SetBytes(to.X.Bytes())
	q.Y.SetBytes(to.Y.Bytes())
	return q
}

func scalarBytes(k *modn.Scalar) (b [32]byte) {
	for i := range k {
		binary.BigEndian.PutUint64(b[24-8*i:], k[i])
	}
	return b
}

func requirePoint(t require.TestingT, want, got *Affine, format string, args ...any) {
	require.True(t, want.Equal(got), append([]any{format + ": want %x, got %x"}, append(args, want, got)...)...)
}

func TestCheckedIsOfficial(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, p := genScalar(t, "k"), testPoint(rapid.IntRange(0, 20).Draw(t, "point"))
		product := mulChecked(&k, &p)
		got, want := product.affine(), official(&k, &p)
		requirePoint(t, &want, &got, "k %x", k)
	})
}

// The tables of a few points, for all tests.
func testTables() (tables [5]*Table, secrets [5]*SecretTable) {
	for i := range tables {
		p := testPoint(i)
		tables[i], secrets[i] = NewTable(&p), NewSecretTable(&p)
	}
	return tables, secrets
}

func TestPairIsTheCheckedSum(t *testing.T) {
	tables, _ := testTables()
	eachTier(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			s, c := genScalar(t, "s"), genScalar(t, "c")
			var of [4]*Table
			for i := range of {
				of[i] = tables[rapid.IntRange(0, 4).Draw(t, "table")]
			}
			var l, r Affine
			Pair(&l, &r, &s, &c, of[0], of[1], of[2], of[3])
			want := pairChecked(&s, &c, of[0].point(), of[1].point())
			requirePoint(t, &want, &l, "left, s %x c %x", s, c)
			want = pairChecked(&s, &c, of[2].point(), of[3].point())
			requirePoint(t, &want, &r, "right, s %x c %x", s, c)
		})
	})
}

func TestSecretProductsAreTheCheckedOnes(t *testing.T) {
	_, secrets := testTables()
	eachTier(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			k := genScalar(t, "k")
			a, b := rapid.IntRange(0, 4).Draw(t, "a"), rapid.IntRange(0, 4).Draw(t, "b")
			pa, pb := testPoint(a), testPoint(b)
			wantA, wantB := pairChecked(&k, &modn.Scalar{}, &pa, &pa), pairChecked(&k, &modn.Scalar{}, &pb, &pb)
			got := MulSecret(&k, secrets[a])
			requirePoint(t, &wantA, &got, "k %x", k)
			gotA, gotB := MulSecretPair(&k, secrets[a], secrets[b])
			requirePoint(t, &wantA, &gotA, "k %x", k)
			requirePoint(t, &wantB, &gotB, "k %x", k)
		})
	})
}

func TestTableRowsAreMultiples(t *testing.T) {
	portable, secret := tablesOf(t, Portable)
	for i := range portable {
		p := testPoint(i)
		for _, at := range []struct{ row, column int }{{0, 0}, {0, 127}, {31, 127}, {7, 64}} {
			k := multiple(2*at.column+1, 8*at.row)
			want := official(&k, &p)
			requirePoint(t, &want, &portable[i].rows[at.row][at.column], "%v", at)
			k = multiple(2*(at.column%8)+1, 4*at.row)
			want = official(&k, &p)
			requirePoint(t, &want, &secret[i].rows[at.row][at.column%8], "%v", at)
		}
	}
	eachTier(t, func(t *testing.T) {
		tables, secrets := testTables()
		require.True(t, portable == [5]Table{*tables[0], *tables[1], *tables[2], *tables[3], *tables[4]}, "every entry, below p")
		require.True(t, secret == [5]SecretTable{*secrets[0], *secrets[1], *secrets[2], *secrets[3], *secrets[4]})
	})
}

func tablesOf(t *testing.T, at Tier) (tables [5]Table, secrets [5]SecretTable) {
	require.NoError(t, Use(at))
	defer func() { require.NoError(t, Use(Best())) }()
	made, madeSecrets := testTables()
	for i := range made {
		tables[i], secrets[i] = *made[i], *madeSecrets[i]
	}
	return tables, secrets
}

// multiple is odd·2^shift for an odd number below 2^8.
func multiple(odd, shift int) (k modn.Scalar) {
	k[shift/64] = uint64(odd) << (shift % 64)
	return k
}

func BenchmarkPair(b *testing.B) {
	tables, secrets := testTables()
	for at := Portable; at <= Best(); at++ {
		require.NoError(b, Use(at))
		var l, r Affine
		s, c := modn.Scalar{1, 2, 3, 4 << 60}, modn.Scalar{2, 3, 4, 5 << 60}
		b.Run("pair/"+at.String(), func(b *testing.B) {
			for b.Loop() {
				Pair(&l, &r, &s, &c, tables[0], tables[1], tables[2], tables[3])
				s[0], s[2], s[3] = l.X[0], l.X[1], l.X[2]>>1
				c[0], c[2], c[3] = r.X[0], r.X[1], r.X[2]>>1
			}
		})
		b.Run("secret/"+at.String(), func(b *testing.B) {
			for b.Loop() {
				l = MulSecret(&s, secrets[0])
			}
		})
		b.Run("secret pair/"+at.String(), func(b *testing.B) {
			for b.Loop() {
				l, r = MulSecretPair(&s, secrets[0], secrets[1])
			}
		})
		b.Run("table/"+at.String(), func(b *testing.B) {
			for b.Loop() {
				NewTable(&l)
			}
		})
	}
	require.NoError(b, Use(Best()))
}
