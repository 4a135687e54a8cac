package secrets_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/tools/secrets"
)

// shipped is what the server's own parser makes of a file of deploy/nats, with the secrets of a folder.
func shipped(t *testing.T, name, dir string) *server.Options {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "deploy", "nats", name))
	require.NoError(t, err)
	require.Contains(t, string(raw), "/run/secrets/")
	file := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(string(raw), "/run/secrets", dir)), 0o600))
	opts, err := server.ProcessConfigFile(file)
	require.NoError(t, err)
	require.EqualValues(t, bus.MaxPayload, opts.MaxPayload)
	require.NotNil(t, opts.TLSConfig)
	require.Empty(t, opts.Users, "nobody comes in by a password")
	require.Empty(t, opts.NoAuthUser)
	return opts
}

func TestShippedConfigurations(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, secrets.Make(dir, []string{"nats-1", "nats-2", "nats-3"}))
	one := shipped(t, "server.conf", dir)
	require.True(t, one.SyncAlways)
	declared, err := bus.Declared()
	require.NoError(t, err)
	services := secrets.Services(declared)
	require.Equal(t, []string{"analytics", "hasher", "indexer", "relayer", "submitter"}, services)
	require.Len(t, one.Nkeys, len(services)+1)
	require.Len(t, one.Accounts, len(services)+1)
	for _, u := range one.Nkeys {
		if u.Account.Name == secrets.Streams {
			continue
		}
		require.NotEmpty(t, u.Permissions.Publish.Allow, u.Account.Name)
		require.NotContains(t, u.Permissions.Publish.Allow, ">", u.Account.Name)
		require.Contains(t, u.Permissions.Subscribe.Allow, bus.InboxPrefix(u.Account.Name)+".>")
		require.NotContains(t, u.Permissions.Subscribe.Allow, ">", u.Account.Name)
	}

	t.Setenv("LODE_NATS_NAME", "nats-2")
	many := shipped(t, "cluster.conf", dir)
	require.Equal(t, "nats-2", many.ServerName)
	require.False(t, many.SyncAlways)
	require.Equal(t, time.Second, many.SyncInterval)
	require.Len(t, many.Routes, 3)
	require.NotNil(t, many.Cluster.TLSConfig.ClientCAs)
}
