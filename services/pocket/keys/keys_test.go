package keys

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// testHex is a fixed key for tests only, as hex digits.
func testHex(name string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte("lode key test "+name)))
}

func testKey(t require.TestingT, name string) (Private, *secp256k1.PrivKey) {
	p, err := ParseHex(testHex(name))
	require.NoError(t, err)
	s := p.Secret()
	return p, &secp256k1.PrivKey{Key: s[:]}
}

func TestLikeCosmosKeys(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p, cosmos := testKey(rt, rapid.String().Draw(rt, "key"))
		pub := p.Public()
		require.Equal(rt, cosmos.PubKey().Bytes(), pub[:])
		want, err := sdk.Bech32ifyAddressBytes(Prefix, cosmos.PubKey().Address())
		require.NoError(rt, err)
		require.Equal(rt, want, p.Address())
		raw, err := ParseAddress(p.Address())
		require.NoError(rt, err)
		require.Equal(rt, cosmos.PubKey().Address().Bytes(), raw)

		msg := rapid.SliceOf(rapid.Byte()).Draw(rt, "message")
		sig := p.Sign(msg)
		theirs, err := cosmos.Sign(msg)
		require.NoError(rt, err)
		require.Equal(rt, theirs, sig[:])
		require.NoError(rt, Verify(pub, msg, sig[:]))
	})
}

// TestVerifyLikeCosmos alters signatures: both sides must say the same.
func TestVerifyLikeCosmos(t *testing.T) {
	p, cosmos := testKey(t, "verify")
	rapid.Check(t, func(rt *rapid.T) {
		msg := rapid.SliceOf(rapid.Byte()).Draw(rt, "message")
		sig := p.Sign(msg)
		at, bit := rapid.IntRange(0, 63).Draw(rt, "at"), rapid.IntRange(0, 8).Draw(rt, "bit")
		b := sig[:rapid.SampledFrom([]int{64, 64, 64, 63, 0}).Draw(rt, "len")]
		if at < len(b) {
			b[at] ^= byte(1 << bit) // bit 8 changes nothing
		}
		require.Equal(rt, cosmos.PubKey().VerifySignature(msg, b), Verify(p.Public(), msg, b) == nil)
	})
}

func TestVerifyRefusesHighS(t *testing.T) {
	p, _ := testKey(t, "high")
	sig := p.Sign([]byte("m"))
	order, _ := hex.DecodeString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")
	borrow := 0
	for i := 31; i >= 0; i-- { // S becomes the order minus S
		d := int(order[i]) - int(sig[32+i]) - borrow
		borrow = (d >> 8) & 1
		sig[32+i] = byte(d)
	}
	require.ErrorIs(t, Verify(p.Public(), []byte("m"), sig[:]), ErrSignature)
	require.ErrorIs(t, Verify([33]byte{}, []byte("m"), sig[:]), ErrSignature)
}

func TestParseHex(t *testing.T) {
	good := testHex("parse")
	for _, text := range []string{good, "0x" + good, strings.ToUpper(good), " " + good + "\r"} {
		p, err := ParseHex(text)
		require.NoError(t, err)
		s := p.Secret()
		require.Equal(t, good, hex.EncodeToString(s[:]))
	}
	order := "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
	bad := []string{"", "0x", good[1:], good + "00", "zz" + good[2:], strings.Repeat("0", 64), strings.Repeat("f", 64), order}
	for _, text := range bad {
		_, err := ParseHex(text)
		require.ErrorIs(t, err, ErrKey, text)
	}
}

func TestPrivateNeverPrints(t *testing.T) {
	p, _ := testKey(t, "print")
	secret := testHex("print")
	type holder struct {
		name string
		key  Private
		Key  Private
	}
	h := holder{"x", p, p}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
		fmt.Fprintf(&out, verb, p)
		fmt.Fprintf(&out, verb, &p)
		fmt.Fprintf(&out, verb, h)
		fmt.Fprintf(&out, verb, []Private{p})
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "key", p, "in", h)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "key", p, "in", h)
	require.NoError(t, json.NewEncoder(&out).Encode(h))
	require.Contains(t, out.String(), p.Address())
	require.NotContains(t, strings.ToLower(out.String()), secret)
	words := fmt.Sprint(p.Secret())
	require.NotContains(t, out.String(), strings.Trim(words, "[]"))
	require.Equal(t, "private key (none)", fmt.Sprint(Private{}))
}

func TestParseAddressRefuses(t *testing.T) {
	p, _ := testKey(t, "address")
	cosmos, err := sdk.Bech32ifyAddressBytes("cosmos", make([]byte, 20))
	require.NoError(t, err)
	for _, addr := range []string{"", "pokt", p.Address()[1:], p.Address() + "q", cosmos, strings.Repeat("a", 1<<16), "pokt1\x00"} {
		_, err := ParseAddress(addr)
		require.Error(t, err, addr)
	}
}

func TestLoadFile(t *testing.T) {
	a, b := testHex("a"), testHex("b")
	digits := strings.Repeat("1", 64) // YAML would take it for a number
	tests := map[string]struct {
		content string
		want    []string
	}{
		"lines":       {"# suppliers\n" + a + "\n\n0x" + b + " # second\n", []string{a, b}},
		"windows":     {a + "\r\n" + b + "\r\n", []string{a, b}},
		"yaml":        {"# suppliers\nkeys:\n  - " + a + "\n  - \"0x" + b + "\"\n", []string{a, b}},
		"yaml flow":   {"keys: [" + digits + ", 0x" + a + "]", []string{digits, a}},
		"empty":       {"", nil},
		"comments":    {"# nothing\n", nil},
		"empty list":  {"keys: []\n", nil},
		"garbage":     {a + "\nnot a key\n", nil},
		"twice":       {a + "\n" + a + "\n", nil},
		"other field": {"keys: [" + a + "]\nmore: 1\n", nil},
		"nested":      {"keys: [[" + a + "]]\n", nil},
		"not a list":  {"keys: " + a + "\n", nil},
		"broken yaml": {"keys: [" + a + "\n", nil},
		"too large":   {strings.Repeat("#\n", maxKeyFile), nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			list, err := LoadFile(writeKeys(t, tt.content, 0o600))
			if tt.want == nil {
				require.ErrorIs(t, err, ErrKeyFile)
				require.NotContains(t, err.Error(), a[:8])
				return
			}
			require.NoError(t, err)
			require.Len(t, list, len(tt.want))
			for i, p := range list {
				s := p.Secret()
				require.Equal(t, tt.want[i], hex.EncodeToString(s[:]))
			}
		})
	}
}

func TestLoadFileChecksTheFile(t *testing.T) {
	for mode, ok := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o440: true, 0o644: false, 0o602: false} {
		_, err := LoadFile(writeKeys(t, testHex("mode"), mode))
		require.Equal(t, ok, err == nil, "mode %o: %v", mode, err)
	}
	_, err := LoadFile(filepath.Join(t.TempDir(), "absent"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = LoadFile(t.TempDir())
	require.ErrorIs(t, err, ErrKeyFile)
}

func writeKeys(t *testing.T, content string, mode os.FileMode) string {
	path := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	require.NoError(t, os.Chmod(path, mode))
	return path
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(testHex("a")))
	f.Add([]byte("keys: [" + testHex("a") + "]"))
	f.Add([]byte("keys: &a [*a]"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := Parse(b)
		if (err == nil) != (len(list) > 0) {
			t.Fatalf("%d keys and error %v", len(list), err)
		}
	})
}

// Numbers at the edges, of which some must be reduced and some refused: both
// sides say the same.
func TestVerifyEdgesLikeCosmos(t *testing.T) {
	p, cosmos := testKey(t, "edges")
	var edges [][]byte
	for _, digits := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000001",
		"7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0",
		"7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1",
		"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
		"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
		"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364142",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	} {
		b, err := hex.DecodeString(digits)
		require.NoError(t, err)
		edges = append(edges, b)
	}
	msg := []byte("m")
	good := p.Sign(msg)
	edges = append(edges, good[:32], good[32:])
	for _, r := range edges {
		for _, s := range edges {
			sig := append(append([]byte{}, r...), s...)
			require.Equal(t, cosmos.PubKey().VerifySignature(msg, sig), Verify(p.Public(), msg, sig) == nil, "%x", sig)
		}
	}
}
