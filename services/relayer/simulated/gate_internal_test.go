package simulated

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"testing"
	"time"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/pocket/ring"
)

// testKey is a fixed key for tests only.
func testKey(t testing.TB, name string) keys.Private {
	key, err := keys.NewPrivate(sha256.Sum256([]byte("lode simulation test key " + name)))
	require.NoError(t, err)
	return key
}

func text(key keys.Private) string {
	public := key.Public()
	return hex.EncodeToString(public[:])
}

// world is a gate with one identity, and one who sends.
type world struct {
	*Gate
	app, gateway keys.Private
	at           time.Time
}

func newWorld(t testing.TB, change func(*Config)) *world {
	w := &world{app: testKey(t, "app"), gateway: testKey(t, "gateway"), at: time.Unix(1_800_000_000, 0)}
	cfg := Default()
	cfg.Enabled = true
	cfg.Identities["probe"] = Identity{Enabled: true, Application: text(w.app), Gateways: []string{text(w.gateway)}, Services: []string{"llm"}}
	if change != nil {
		change(&cfg)
	}
	gate, err := NewGate(cfg, ring.NewVerifier(nil), nil)
	require.NoError(t, err)
	gate.now = func() time.Time { return w.at }
	w.Gate = gate
	return w
}

// request is signed after change.
func (w *world) request(t testing.TB, change func(*servicetypes.RelayRequest)) (*servicetypes.RelayRequest, [32]byte) {
	req := &servicetypes.RelayRequest{Payload: []byte("p"), Meta: servicetypes.RelayRequestMetadata{
		SupplierOperatorAddress: "pokt1supplier",
		SessionHeader: &sessiontypes.SessionHeader{
			ApplicationAddress: w.app.Address(), ServiceId: "llm", SessionId: SessionID(w.at), SessionStartBlockHeight: 1, SessionEndBlockHeight: 2,
		},
	}}
	if change != nil {
		change(req)
	}
	hash, err := relay.RequestHash(req)
	require.NoError(t, err)
	signer, err := ring.NewSigner(nil, w.gateway.Secret(), []ring.PublicKey{w.app.Public(), w.gateway.Public()})
	require.NoError(t, err)
	req.Meta.Signature, err = signer.Sign(hash, rand.Reader)
	require.NoError(t, err)
	return req, hash
}

func requireFault(t *testing.T, err error, status int, cause string) {
	t.Helper()
	var f *Fault
	require.ErrorAs(t, err, &f)
	require.Equal(t, status, f.Status)
	require.Equal(t, "simulated_"+cause, f.Cause)
}

func TestAdmitsOnce(t *testing.T) {
	w := newWorld(t, nil)
	req, hash := w.request(t, nil)
	done, err := w.Admit("probe", req, hash)
	require.NoError(t, err)
	done()
	_, err = w.Admit("probe", req, hash)
	requireFault(t, err, http.StatusConflict, "replay")
	require.Empty(t, w.slots)
}

func TestRefusals(t *testing.T) {
	for name, tt := range map[string]struct {
		config  func(*Config)
		request func(*servicetypes.RelayRequest)
		id      string
		cause   string
	}{
		"unknown":  {id: "other", cause: "unknown"},
		"disabled": {config: func(c *Config) { i := c.Identities["probe"]; i.Enabled = false; c.Identities["probe"] = i }, cause: "disabled"},
		"expired": {config: func(c *Config) {
			i := c.Identities["probe"]
			i.NotAfter = "2020-01-01T00:00:00Z"
			c.Identities["probe"] = i
		}, cause: "disabled"},
		"application": {request: func(r *servicetypes.RelayRequest) { r.Meta.SessionHeader.ApplicationAddress = "pokt1other" }, cause: "application"},
		"service":     {request: func(r *servicetypes.RelayRequest) { r.Meta.SessionHeader.ServiceId = "other" }, cause: "service"},
		"heights":     {request: func(r *servicetypes.RelayRequest) { r.Meta.SessionHeader.SessionEndBlockHeight = 3 }, cause: "session"},
		"session id":  {request: func(r *servicetypes.RelayRequest) { r.Meta.SessionHeader.SessionId = "simv1:12" }, cause: "session"},
		"stale": {request: func(r *servicetypes.RelayRequest) {
			r.Meta.SessionHeader.SessionId = SessionID(time.Unix(1_800_000_030, 0))
		}, cause: "stale"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, tt.config)
			req, hash := w.request(t, tt.request)
			id := tt.id
			if id == "" {
				id = "probe"
			}
			_, err := w.Admit(id, req, hash)
			requireFault(t, err, http.StatusForbidden, tt.cause)
			require.Empty(t, w.slots)
		})
	}
}

// A forged signature is refused and uses up nothing: the true one is admitted after it.
func TestForgedSignatureBurnsNothing(t *testing.T) {
	w := newWorld(t, nil)
	req, hash := w.request(t, nil)
	forged := hash
	forged[0] ^= 1
	for range 20 {
		_, err := w.Admit("probe", req, forged)
		requireFault(t, err, http.StatusForbidden, "signature")
	}
	_, err := w.Admit("probe", req, hash)
	require.NoError(t, err)
}

func TestRateAndSlots(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MaxConcurrent = 3 })
	for range 3 {
		req, hash := w.request(t, nil)
		_, err := w.Admit("probe", req, hash)
		require.NoError(t, err)
	}
	req, hash := w.request(t, nil)
	_, err := w.Admit("probe", req, hash)
	requireFault(t, err, http.StatusTooManyRequests, "busy")
	for len(w.slots) > 0 {
		<-w.slots
	}
	for i := range 3 {
		req, hash = w.request(t, nil)
		_, err = w.Admit("probe", req, hash)
		if i < 2 {
			require.NoError(t, err)
		}
	}
	requireFault(t, err, http.StatusTooManyRequests, "rate")
}

func TestConfigFaults(t *testing.T) {
	placeholder := ring.Placeholder()
	good := text(testKey(t, "a"))
	for name, i := range map[string]Identity{
		"placeholder": {Application: good, Gateways: []string{hex.EncodeToString(placeholder[:])}, Services: []string{"s"}},
		"no gateway":  {Application: good, Services: []string{"s"}},
		"no service":  {Application: good, Gateways: []string{good}},
		"no point":    {Application: "02" + hex.EncodeToString(make([]byte, 32)), Gateways: []string{good}, Services: []string{"s"}},
		"no hex":      {Application: "zz", Gateways: []string{good}, Services: []string{"s"}},
		"bad end":     {Application: good, Gateways: []string{good}, Services: []string{"s"}, NotAfter: "tomorrow"},
	} {
		cfg := Default()
		cfg.Enabled, cfg.Identities["x"] = true, i
		require.Error(t, cfg.Validate(), name)
		_, err := NewGate(cfg, nil, nil)
		require.Error(t, err, name)
	}
	off, err := NewGate(Default(), nil, nil)
	require.NoError(t, err)
	require.Nil(t, off)
}

func FuzzSessionTime(f *testing.F) {
	f.Add(SessionID(time.Unix(1_800_000_000, 0)))
	f.Add("simv1::")
	f.Fuzz(func(t *testing.T, id string) {
		at, err := sessionTime(id)
		if err == nil {
			require.GreaterOrEqual(t, at.Unix(), int64(0))
		}
	})
}
