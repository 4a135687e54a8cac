package secrets_test

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/secrets"
)

// contents are all files of a folder.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		all[e.Name()] = string(raw)
	}
	return all
}

func hosts(t *testing.T, dir string) []string {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, secrets.ServerFile), filepath.Join(dir, secrets.ServerKey))
	require.NoError(t, err)
	names := pair.Leaf.DNSNames
	for _, ip := range pair.Leaf.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

func TestMakeAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "secrets")
	require.ErrorContains(t, secrets.Make(dir, nil), "name the hosts")
	require.NoError(t, secrets.Make(dir, []string{"nats-1", "10.0.0.1"}))
	first := contents(t, dir)
	require.Len(t, first, 5+6, "authority, servers' certificate, users; five services and the operator")
	for name, text := range first {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		want := os.FileMode(0o600)
		if !strings.HasSuffix(name, ".nk") && !strings.HasSuffix(name, ".key") {
			want = 0o644
			require.NotContains(t, text, "PRIVATE KEY")
		}
		require.Equal(t, want, info.Mode(), name)
	}
	for name, text := range first {
		if strings.HasSuffix(name, ".nk") {
			require.NotContains(t, first[secrets.UsersFile], strings.TrimSpace(text), "a seed is nowhere else")
		}
	}
	require.NoError(t, secrets.Make(dir, nil))
	require.Equal(t, first, contents(t, dir), "nothing changes by itself")
	require.NoError(t, secrets.Make(dir, []string{"10.0.0.1", "nats-1"}))
	require.Equal(t, first, contents(t, dir), "nor by another order")

	require.NoError(t, secrets.Make(dir, []string{"nats-1", "nats-2"}))
	require.Equal(t, []string{"nats-1", "nats-2"}, hosts(t, dir))
	second := contents(t, dir)
	changed := map[string]bool{secrets.ServerFile: true, secrets.ServerKey: true}
	for name, text := range first {
		require.Equal(t, changed[name], text != second[name], name)
	}

	require.NoError(t, os.Remove(filepath.Join(dir, "relayer.nk")), "it was stolen")
	require.NoError(t, secrets.Make(dir, nil))
	third := contents(t, dir)
	require.NotEqual(t, second["relayer.nk"], third["relayer.nk"])
	require.NotEqual(t, second[secrets.UsersFile], third[secrets.UsersFile])
	require.Equal(t, second["hasher.nk"], third["hasher.nk"])
}

func TestMakeRefuses(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, secrets.Make(dir, []string{"a"}))
	good := contents(t, dir)
	for name, text := range map[string]string{"relayer.nk": "no seed", "operator.nk": good["ca.key"], secrets.CAFile: "no certificate", secrets.ServerKey: good["ca.key"]} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		require.Error(t, secrets.Make(dir, nil), name)
		require.NoError(t, os.WriteFile(path, []byte(good[name]), 0o600))
	}
	require.NoError(t, os.Remove(filepath.Join(dir, "ca.key")))
	require.Error(t, secrets.Make(dir, []string{"b"}), "without the authority's key nothing can be signed")
	require.Equal(t, good[secrets.CAFile], contents(t, dir)[secrets.CAFile])
}
