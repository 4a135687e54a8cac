package cert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// write makes a certificate of its own for localhost.
func write(t *testing.T, c Config, serial int64) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	rawKey, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(c.CertFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(c.KeyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: rawKey}), 0o600))
}

func TestRenewedWhileServing(t *testing.T) {
	dir := t.TempDir()
	c := Config{CertFile: filepath.Join(dir, "cert"), KeyFile: filepath.Join(dir, "key")}
	write(t, c, 1)
	now := time.Now()
	k := &keeper{cfg: c, log: slog.New(slog.DiscardHandler), now: func() time.Time { return now }}
	require.NoError(t, k.load())
	serial := func() int64 {
		now = now.Add(lookEvery)
		got, err := k.certificate(nil)
		require.NoError(t, err)
		leaf, err := x509.ParseCertificate(got.Certificate[0])
		require.NoError(t, err)
		return leaf.SerialNumber.Int64()
	}
	require.Equal(t, int64(1), serial())
	require.InDelta(t, time.Now().Add(time.Hour).Unix(), c.Expiry(), 60)
	require.Zero(t, Config{}.Expiry(), "no TLS")
	write(t, c, 2)
	require.Equal(t, int64(2), serial())
	require.NoError(t, os.WriteFile(c.CertFile, []byte("half of it"), 0o600))
	require.Equal(t, int64(2), serial(), "what cannot be used changes nothing")
	require.NoError(t, os.Remove(c.KeyFile))
	require.Equal(t, int64(2), serial())
	write(t, c, 3)
	require.Equal(t, int64(3), serial())
}

func TestServesHTTP2(t *testing.T) {
	dir := t.TempDir()
	c := Config{CertFile: filepath.Join(dir, "cert"), KeyFile: filepath.Join(dir, "key")}
	write(t, c, 1)
	cfg, err := c.Server(slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	srv.TLS, srv.EnableHTTP2 = cfg, true
	srv.StartTLS()
	defer srv.Close()
	roots := x509.NewCertPool()
	raw, err := os.ReadFile(c.CertFile)
	require.NoError(t, err)
	require.True(t, roots.AppendCertsFromPEM(raw))
	client := http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "localhost"}}}
	res, err := client.Get(srv.URL)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, "HTTP/2.0", string(body))
}

func TestFaults(t *testing.T) {
	require.NoError(t, Config{}.Validate())
	require.Error(t, Config{CertFile: "x"}.Validate())
	none, err := Config{}.Server(slog.Default())
	require.NoError(t, err)
	require.Nil(t, none)
	_, err = Config{CertFile: "/none", KeyFile: "/none"}.Server(slog.Default())
	require.Error(t, err)
}
