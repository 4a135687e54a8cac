package relayer

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/pocket/ring"
	"github.com/lodeworks/lode/services/relayer/simulated"
)

// simulation is a signed simulated relay to the first supplier.
func (b *bench) simulation(app, gateway keys.Private) []byte {
	req := b.Chat(`{"model":"demo"}`)
	req.Meta.Signature = nil
	req.Meta.SessionHeader = &sessiontypes.SessionHeader{
		ApplicationAddress: app.Address(), ServiceId: factstest.Service, SessionId: simulated.SessionID(time.Now()),
		SessionStartBlockHeight: 1, SessionEndBlockHeight: 2,
	}
	hash, err := relay.RequestHash(req)
	require.NoError(b.t, err)
	signer, err := ring.NewSigner(nil, gateway.Secret(), []ring.PublicKey{app.Public(), gateway.Public()})
	require.NoError(b.t, err)
	req.Meta.Signature, err = signer.Sign(hash, rand.Reader)
	require.NoError(b.t, err)
	raw, err := req.Marshal()
	require.NoError(b.t, err)
	return raw
}

// A simulated relay is answered by the backend and signed by the supplier, and leaves nothing in the log or the meter.
func TestSimulatedRelay(t *testing.T) {
	app, gateway := factstest.Key(t, "pretended application"), factstest.Key(t, "probe")
	public := func(k keys.Private) string { p := k.Public(); return hex.EncodeToString(p[:]) }
	b := newBench(t, func(c *Config) {
		c.Simulated.Enabled = true
		c.Simulated.Identities["probe"] = simulated.Identity{
			Enabled: true, Application: public(app), Gateways: []string{public(gateway)}, Services: []string{factstest.Service},
		}
	})
	send := func(id string, body []byte) (int, []byte) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url, bytes.NewReader(body))
		require.NoError(t, err)
		req.Header.Set(simulated.Header, id)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		raw, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res.StatusCode, raw
	}
	body := b.simulation(app, gateway)
	status, raw := send("probe", body)
	require.Equal(t, http.StatusOK, status, "%s", raw)
	res, err := relay.DecodeResponse(raw)
	require.NoError(t, err)
	var req servicetypes.RelayRequest
	require.NoError(t, req.Unmarshal(body))
	require.NoError(t, relay.VerifyResponse(res, b.keys.Signer(req.Meta.SupplierOperatorAddress).Public()))
	require.Zero(t, b.messages(), "nothing in the log")
	require.Zero(t, testutil.ToFloat64(b.metrics.meterSpent))

	status, _ = send("probe", body)
	require.Equal(t, http.StatusConflict, status, "used before")
	status, _ = send("somebody", b.simulation(app, gateway))
	require.Equal(t, http.StatusForbidden, status)
	require.Equal(t, int32(1), b.calls.Load())

	off := newBench(t)
	res2, err := http.Post(off.url, "", bytes.NewReader(off.simulation(app, gateway)))
	require.NoError(t, err)
	require.NoError(t, res2.Body.Close())
	require.NotEqual(t, http.StatusOK, res2.StatusCode, "without the feature it is a relay of no session")
}

// The relay endpoint speaks TLS with HTTP/2 when it has a certificate.
func TestTLS(t *testing.T) {
	model := httptest.NewTLSServer(nil) // for its certificate, which is a test's own
	defer model.Close()
	dir := t.TempDir()
	pair := model.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	require.NoError(t, err)
	write := func(name, kind string, der []byte) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return file
	}
	b := newBench(t, func(c *Config) {
		c.TLS.CertFile, c.TLS.KeyFile = write("cert", "CERTIFICATE", pair.Certificate[0]), write("key", "PRIVATE KEY", key)
	})
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = b.server()
	srv.TLS, srv.EnableHTTP2 = b.server().TLSConfig, true
	srv.StartTLS()
	defer srv.Close()
	roots := x509.NewCertPool()
	roots.AddCert(model.Certificate())
	client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "example.com"}}}
	req := b.Chat("{}")
	raw, err := req.Marshal()
	require.NoError(t, err)
	res, err := client.Post(srv.URL, "", bytes.NewReader(raw))
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, 2, res.ProtoMajor)
}
