package localnet_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/localnet"
)

func TestConfigFaults(t *testing.T) {
	cases := []struct {
		name   string
		change func(*localnet.Config)
		want   string
	}{
		{"unknown profile", func(c *localnet.Config) { c.Profile = "moon" }, `no profile "moon"`},
		{"no suppliers", func(c *localnet.Config) { c.Suppliers = 0 }, "not in 1..1000"},
		{"too many suppliers", func(c *localnet.Config) { c.Suppliers = 1001 }, "not in 1..1000"},
		{"no url", func(c *localnet.Config) { c.SupplierURLs = nil }, "at least one"},
		{"url without scheme", func(c *localnet.Config) { c.SupplierURLs = []string{"127.0.0.1:1"} }, "supplier urls"},
		{"owner share", func(c *localnet.Config) { c.OwnerShare = 101 }, "not in 0..100"},
		{"service id", func(c *localnet.Config) { c.Service.ID = "a b" }, "service"},
		{"service name", func(c *localnet.Config) { c.Service.Name = "a, b" }, "service"},
		{"free service", func(c *localnet.Config) { c.Service.ComputeUnitsPerRelay = 0 }, "service"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := localnet.Default()
			tc.change(&c)
			_, err := localnet.New(c)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestConfigReportsAllFaults(t *testing.T) {
	err := localnet.Config{}.Validate()
	require.Error(t, err)
	for _, part := range []string{"profile", "suppliers", "supplier urls", "service"} {
		require.ErrorContains(t, err, part)
	}
}

func TestNodeConfigFaults(t *testing.T) {
	require.NoError(t, localnet.DefaultNode().Validate())
	bad := localnet.NodeConfig{BlockTime: time.Millisecond, RPCAddr: "x", P2PAddr: "y", MinGasPrice: "cheap"}
	err := bad.Validate()
	for _, part := range []string{"block time", "rpc address", "p2p address", "min gas price"} {
		require.ErrorContains(t, err, part)
	}
}

func TestURLsAreHandedOutInTurn(t *testing.T) {
	c := localnet.Default()
	c.Suppliers = 5
	c.SupplierURLs = []string{"http://a:1", "http://b:2"}
	n, err := localnet.New(c)
	require.NoError(t, err)
	var got []string
	for _, s := range n.Suppliers {
		got = append(got, s.URL)
	}
	require.Equal(t, "http://a:1 http://b:2 http://a:1 http://b:2 http://a:1", strings.Join(got, " "))
}

func TestAccountsAreDistinct(t *testing.T) {
	c := localnet.Default()
	c.Suppliers = localnet.MaxSuppliers
	n, err := localnet.New(c)
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, a := range n.Accounts() {
		require.False(t, seen[a.Address], a.Name)
		seen[a.Address] = true
	}
	require.Len(t, seen, 5+localnet.MaxSuppliers)
}
