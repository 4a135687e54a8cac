package localnet_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/localnet"
)

// The keys are part of the project's documentation and of other services' test
// data: they must never change.
func TestTestKeysAreFixed(t *testing.T) {
	cases := map[string]struct{ key, addr string }{
		"application": {"8b871a7a8cf45cc2dba76195d3a579c56c2d652b359ffb2a9031d3724f4c6ac6", "pokt1fv5aa2hgaaw8g8vckjklz39e3gw5p697ukag36"},
		"gateway":     {"e7127a0ae4930114cb74fb4dadbd581595ec56c36e9ce69541df2634a3b3ddc6", "pokt1zxk9rxgnvv7wru9arj8us8n9c9yxvuc7sevn7d"},
		"supplier-0":  {"e1f7d8ce44d1c02ac1890039185106358ee7633e1cff5d021b46a53a853181c8", "pokt1cqvqj4n7q6qs8xnq0ex4ca3lenlcc7dnvua3de"},
	}
	for name, want := range cases {
		t.Run(name, func(t *testing.T) {
			a, err := localnet.NewAccount(name)
			require.NoError(t, err)
			require.Equal(t, want.addr, a.Address)
			require.Equal(t, want.key, a.KeyHex())
			require.Len(t, a.PubKeyHex(), 66)
		})
	}
}

func TestAccountNeedsName(t *testing.T) {
	_, err := localnet.NewAccount("")
	require.Error(t, err)
}
