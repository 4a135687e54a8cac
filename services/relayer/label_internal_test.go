package relayer

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/pocket/ring"
)

// sendAs sends a relay that is signed by one of two keys and says whom it is of.
func (b *bench) sendAs(by, other ring.PublicKey, secret [32]byte, says string) *relayv1.Served {
	b.t.Helper()
	before := b.messages()
	request := b.Request(b.Header(b.Height()), b.Suppliers[0], factstest.HTTP("{}"))
	signer, err := ring.NewSigner(nil, secret, []ring.PublicKey{by, other})
	require.NoError(b.t, err)
	hash, err := relay.RequestHash(request)
	require.NoError(b.t, err)
	request.Meta.Signature, err = signer.Sign(hash, rand.Reader)
	require.NoError(b.t, err)
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url, bytes.NewReader(encoded(b.t, request)))
	require.NoError(b.t, err)
	if says != "" {
		req.Header.Set(gatewayHeader, says)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(b.t, err)
	require.NoError(b.t, res.Body.Close())
	require.Equal(b.t, http.StatusOK, res.StatusCode)
	groups := b.groups()
	require.EqualValues(b.t, before+1, len(groups))
	return groups[before].Relays[0]
}

// TestWhoSigned: with one gateway in the ring, or none, there is nothing to say; with several, who is in the ring is
// believed, and nobody else.
func TestWhoSigned(t *testing.T) {
	second := factstest.Key(t, "second gateway")
	app, gateway := "app", "gateway"
	for name, c := range map[string]struct {
		gateways int
		signs    string
		says     string
		want     string
		by       relayv1.GatewayBy
	}{
		"one":                   {1, gateway, "", gateway, relayv1.GatewayBy_GATEWAY_BY_RING},
		"one, for the other":    {1, gateway, "pokt1other", gateway, relayv1.GatewayBy_GATEWAY_BY_RING},
		"none":                  {0, app, "", app, relayv1.GatewayBy_GATEWAY_BY_RING},
		"two":                   {2, gateway, gateway, gateway, relayv1.GatewayBy_GATEWAY_BY_CLAIM},
		"two, the application":  {2, app, app, app, relayv1.GatewayBy_GATEWAY_BY_CLAIM},
		"two, and says nothing": {2, gateway, "", "", relayv1.GatewayBy_GATEWAY_BY_UNSPECIFIED},
		"two, and a stranger":   {2, gateway, "pokt1other", "", relayv1.GatewayBy_GATEWAY_BY_UNSPECIFIED},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(c *Config) { c.Region = "eu" })
			switch c.gateways {
			case 0:
				b.Set(func(s *factstest.State) {
					a := *s.App
					a.DelegateeGatewayAddresses = nil
					s.App = &a
				})
			case 2:
				b.Delegate(second)
			}
			who := map[string]keys.Private{app: b.App, gateway: b.Gateway}
			address := func(name string) string {
				if key, is := who[name]; is {
					return key.Address()
				}
				return name
			}
			other := b.Gateway.Public()
			if c.gateways == 0 {
				other = ring.Placeholder()
			} else if c.signs == gateway {
				other = b.App.Public()
			}
			got := b.sendAs(who[c.signs].Public(), other, who[c.signs].Secret(), address(c.says))
			require.Equal(t, address(c.want), got.Gateway)
			require.Equal(t, c.by, got.GatewayBy)
			require.Equal(t, []string{"backend", "eu"}, []string{got.Backend, got.Region})
		})
	}
}
