package signing_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cosmos/cosmos-sdk/crypto"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/signing"
)

// testKey is a fixed key for tests only.
func testKey(t testing.TB, name string) keys.Private {
	key, err := keys.NewPrivate(sha256.Sum256([]byte("lode signing test key " + name)))
	require.NoError(t, err)
	return key
}

func hexOf(key keys.Private) string {
	secret := key.Secret()
	return hex.EncodeToString(secret[:])
}

func writeFile(t testing.TB, path, text string) string {
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func requireSigns(t *testing.T, set *signing.Set, key keys.Private) {
	t.Helper()
	signer := set.Signer(key.Address())
	require.NotNil(t, signer)
	require.Equal(t, key.Public(), signer.Public())
	digest := sha256.Sum256([]byte("a response"))
	sig, err := signer.SignDigest(t.Context(), digest)
	require.NoError(t, err)
	require.Equal(t, key.SignDigest(digest), sig, "the bytes of the key itself")
}

func TestFilesFoldersAndKeyringExports(t *testing.T) {
	dir := t.TempDir()
	a, b, c := testKey(t, "a"), testKey(t, "b"), testKey(t, "c")
	secret := c.Secret()
	armor := crypto.EncryptArmorPrivKey(&secp256k1.PrivKey{Key: secret[:]}, "open sesame", "secp256k1")
	writeFile(t, filepath.Join(dir, "b.hex"), hexOf(b))
	writeFile(t, filepath.Join(dir, "c.armor"), armor)
	writeFile(t, filepath.Join(dir, ".hidden"), "not a key")
	cfg := signing.Config{
		File: writeFile(t, filepath.Join(t.TempDir(), "keys"), hexOf(a)), Dir: dir,
		PassphraseFile: writeFile(t, filepath.Join(t.TempDir(), "passphrase"), "open sesame\n"),
	}
	set, err := signing.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.Len(t, set.Addresses(), 3)
	for _, key := range []keys.Private{a, b, c} {
		requireSigns(t, set, key)
	}
	require.Nil(t, set.Signer(testKey(t, "d").Address()))

	cfg.PassphraseFile = writeFile(t, filepath.Join(t.TempDir(), "passphrase"), "wrong")
	_, err = signing.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.ErrorIs(t, err, keys.ErrKeyFile)
	require.NotContains(t, err.Error(), hexOf(c))
}

func TestFaultsAreErrorsWithoutKeysInThem(t *testing.T) {
	a := testKey(t, "a")
	for name, make := range map[string]func(dir string) signing.Config{
		"empty folder": func(dir string) signing.Config { return signing.Config{Dir: dir} },
		"no folder":    func(dir string) signing.Config { return signing.Config{Dir: filepath.Join(dir, "none")} },
		"the same key twice": func(dir string) signing.Config {
			writeFile(t, filepath.Join(dir, "1"), hexOf(a))
			writeFile(t, filepath.Join(dir, "2"), hexOf(a))
			return signing.Config{Dir: dir}
		},
		"readable by everyone": func(dir string) signing.Config {
			require.NoError(t, os.Chmod(writeFile(t, filepath.Join(dir, "1"), hexOf(a)), 0o644))
			return signing.Config{Dir: dir}
		},
		"no key": func(dir string) signing.Config {
			writeFile(t, filepath.Join(dir, "1"), "zz"+hexOf(a))
			return signing.Config{Dir: dir}
		},
		"no signer": func(dir string) signing.Config { return signing.Config{Socket: filepath.Join(dir, "none")} },
		"export without passphrase": func(dir string) signing.Config {
			secret := a.Secret()
			writeFile(t, filepath.Join(dir, "1"), crypto.EncryptArmorPrivKey(&secp256k1.PrivKey{Key: secret[:]}, "x", "secp256k1"))
			return signing.Config{Dir: dir}
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := signing.Open(t.Context(), make(t.TempDir()), slog.New(slog.DiscardHandler))
			require.Error(t, err)
			require.NotContains(t, err.Error(), hexOf(a))
		})
	}
	require.Error(t, signing.Config{}.Validate())
	require.NoError(t, signing.Config{Socket: "s"}.Validate())
}

func TestReloadTakesNewKeysAndKeepsOldOnesThroughFaults(t *testing.T) {
	dir := t.TempDir()
	a, b := testKey(t, "a"), testKey(t, "b")
	writeFile(t, filepath.Join(dir, "a"), hexOf(a))
	var log strings.Builder
	set, err := signing.Open(t.Context(), signing.Config{Dir: dir}, slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	writeFile(t, filepath.Join(dir, "b"), hexOf(b))
	require.True(t, set.Reload(t.Context()))
	requireSigns(t, set, b)
	writeFile(t, filepath.Join(dir, "b"), "half writ")
	require.False(t, set.Reload(t.Context()))
	requireSigns(t, set, b)
	require.NoError(t, os.Remove(filepath.Join(dir, "b")))
	require.True(t, set.Reload(t.Context()))
	require.Nil(t, set.Signer(b.Address()))
	requireSigns(t, set, a)
	require.Contains(t, log.String(), b.Address())
	require.NotContains(t, log.String(), hexOf(b))
}

// behindSocket serves a handler on a unix socket.
func behindSocket(t *testing.T, h http.Handler) string {
	socket := filepath.Join(t.TempDir(), "signer")
	ln, err := net.Listen("unix", socket)
	require.NoError(t, err)
	srv := &http.Server{Handler: h}
	go func() { _ = srv.Serve(ln) }()
	t.Cleanup(func() { _ = srv.Close() })
	return socket
}

func TestRemoteSignerSignsTheSameBytes(t *testing.T) {
	a := testKey(t, "a")
	there, err := signing.Open(t.Context(), signing.Config{File: writeFile(t, filepath.Join(t.TempDir(), "k"), hexOf(a))}, slog.Default())
	require.NoError(t, err)
	outcomes := map[string]int{}
	socket := behindSocket(t, signing.Handler(there, []string{signing.PurposeRelay}, func(outcome string) { outcomes[outcome]++ }))
	here, err := signing.Open(t.Context(), signing.Config{Socket: socket}, slog.Default())
	require.NoError(t, err)
	requireSigns(t, here, a)
	require.Equal(t, map[string]int{"signed": 1}, outcomes)
}

// A signer that answers wrongly is found out; one that may not sign says why.
func TestRemoteFaults(t *testing.T) {
	a, b := testKey(t, "a"), testKey(t, "b")
	public := a.Public()
	list := fmt.Sprintf(`{"keys":[{"address":%q,"public_key":"%x"}]}`, a.Address(), public)
	digest := sha256.Sum256([]byte("m"))
	wrong := b.SignDigest(digest)
	for name, answer := range map[string]func(w http.ResponseWriter){
		"another key's signature": func(w http.ResponseWriter) { fmt.Fprintf(w, `{"signature":"%x"}`, wrong) },
		"no hex":                  func(w http.ResponseWriter) { fmt.Fprint(w, `{"signature":"zz"}`) },
		"no JSON":                 func(w http.ResponseWriter) { fmt.Fprint(w, `<html>`) },
		"refused":                 func(w http.ResponseWriter) { http.Error(w, `{"error":"no"}`, http.StatusForbidden) },
		"endless":                 func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, 2<<20)) },
	} {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.HandleFunc("/v1/keys", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, list) })
			mux.HandleFunc("/v1/sign", func(w http.ResponseWriter, _ *http.Request) { answer(w) })
			set, err := signing.Open(t.Context(), signing.Config{Socket: behindSocket(t, mux)}, slog.Default())
			require.NoError(t, err)
			_, err = set.Signer(a.Address()).SignDigest(t.Context(), digest)
			require.Error(t, err)
		})
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/keys", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Replace(list, a.Address(), b.Address(), 1))
	})
	_, err := signing.NewRemote(behindSocket(t, mux), signing.PurposeRelay).Signers(context.Background())
	require.ErrorIs(t, err, signing.ErrRemote, "an address that is not the key's")
}

func TestHandlerRefuses(t *testing.T) {
	a := testKey(t, "a")
	set, err := signing.Open(t.Context(), signing.Config{File: writeFile(t, filepath.Join(t.TempDir(), "k"), hexOf(a))}, slog.Default())
	require.NoError(t, err)
	digest := strings.Repeat("00", 32)
	for body, want := range map[string]struct {
		status  int
		outcome string
	}{
		`{`:               {http.StatusBadRequest, "malformed"},
		`{"digest":"00"}`: {http.StatusBadRequest, "malformed"},
		`{"digest":"` + digest + `","purpose":"tx","address":"` + a.Address() + `"}`:    {http.StatusForbidden, "forbidden"},
		`{"digest":"` + digest + `","purpose":"relay","address":"pokt1"}`:               {http.StatusNotFound, "unknown_key"},
		`{"digest":"` + digest + `","purpose":"relay","address":"` + a.Address() + `"}`: {http.StatusOK, "signed"},
	} {
		var got string
		w := httptest.NewRecorder()
		r, err := http.NewRequest(http.MethodPost, "/v1/sign", strings.NewReader(body))
		require.NoError(t, err)
		signing.Handler(set, []string{signing.PurposeRelay}, func(outcome string) { got = outcome }).ServeHTTP(w, r)
		require.Equal(t, want.status, w.Code, body)
		require.Equal(t, want.outcome, got, body)
	}
}

func FuzzHandler(f *testing.F) {
	a := testKey(f, "a")
	set, err := signing.Open(context.Background(), signing.Config{File: writeFile(f, filepath.Join(f.TempDir(), "k"), hexOf(a))}, slog.Default())
	require.NoError(f, err)
	h := signing.Handler(set, []string{signing.PurposeRelay}, func(string) {})
	f.Add(`{"digest":"` + strings.Repeat("00", 32) + `","purpose":"relay","address":"` + a.Address() + `"}`)
	f.Add(`{`)
	f.Fuzz(func(t *testing.T, body string) {
		w := httptest.NewRecorder()
		r, err := http.NewRequest(http.MethodPost, "/v1/sign", strings.NewReader(body))
		require.NoError(t, err)
		h.ServeHTTP(w, r)
		require.NotContains(t, w.Body.String(), hexOf(a))
	})
}
