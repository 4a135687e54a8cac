package localnet_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/localnet"
)

func write(home string, n localnet.Net, c localnet.NodeConfig) error {
	return localnet.WriteHome(home, n, c, map[string]json.RawMessage{})
}

func read(t *testing.T, elem ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(elem...))
	require.NoError(t, err)
	return string(b)
}

func TestTwoHomesAreEqual(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	require.NoError(t, write(a, net(t, nil), localnet.DefaultNode()))
	require.NoError(t, write(b, net(t, nil), localnet.DefaultNode()))
	for _, f := range []string{
		"config/genesis.json", "config/node_key.json", "config/priv_validator_key.json",
		"config/config.toml", "config/app.toml", "data/priv_validator_state.json", "keys/suppliers.hex",
	} {
		require.Equal(t, read(t, a, f), read(t, b, f), f)
	}
}

func TestHomeIsKept(t *testing.T) {
	home := t.TempDir()
	require.NoError(t, write(home, net(t, nil), localnet.DefaultNode()))
	signed := filepath.Join(home, "data", "priv_validator_state.json")
	require.NoError(t, os.WriteFile(signed, []byte(`{"height":"7"}`), 0o600))
	faster := localnet.DefaultNode()
	faster.BlockTime = 200 * time.Millisecond
	require.NoError(t, write(home, net(t, nil), faster))
	require.Equal(t, `{"height":"7"}`, read(t, signed), "what the validator signed must survive")
	require.Contains(t, read(t, home, "config", "config.toml"), `timeout_commit = "200ms"`)
}

func TestHomeOfAnotherNetIsRefused(t *testing.T) {
	home := t.TempDir()
	require.NoError(t, write(home, net(t, nil), localnet.DefaultNode()))
	before := read(t, home, "config", "genesis.json")
	err := write(home, net(t, func(c *localnet.Config) { c.Suppliers = 3 }), localnet.DefaultNode())
	require.ErrorIs(t, err, localnet.ErrOtherNet)
	require.Equal(t, before, read(t, home, "config", "genesis.json"))
}

func TestInterruptedHomeIsCompleted(t *testing.T) {
	home := t.TempDir()
	require.NoError(t, write(home, net(t, nil), localnet.DefaultNode()))
	key := filepath.Join(home, "config", "priv_validator_key.json")
	before := read(t, key)
	require.NoError(t, os.Remove(key))
	require.NoError(t, write(home, net(t, nil), localnet.DefaultNode()))
	require.Equal(t, before, read(t, key))
}

func TestHomeNeedsValidNode(t *testing.T) {
	require.ErrorContains(t, write(t.TempDir(), net(t, nil), localnet.NodeConfig{}), "block time")
}

func TestKeyFiles(t *testing.T) {
	dir, n := t.TempDir(), net(t, func(c *localnet.Config) { c.Suppliers = 3 })
	require.NoError(t, localnet.WriteKeys(dir, n))
	require.Equal(t, n.Application.KeyHex()+"\n", read(t, dir, "application.hex"))
	require.Equal(t, n.Gateway.KeyHex()+"\n", read(t, dir, "gateway.hex"))
	lines := strings.Split(strings.TrimSuffix(read(t, dir, "suppliers.hex"), "\n"), "\n")
	require.Len(t, lines, 3)
	for i, line := range lines {
		require.Equal(t, n.Suppliers[i].KeyHex(), line)
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 6)
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), e.Name())
	}
}
