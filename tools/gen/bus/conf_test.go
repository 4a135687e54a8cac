package main

import (
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
)

// The server's own parser reads what is shipped: durability is set, and each service has a user with permissions.
func TestServerReadsTheShippedConfiguration(t *testing.T) {
	for _, name := range []string{"ANALYTICS", "HASHER", "INDEXER", "RELAYER", "SUBMITTER"} {
		t.Setenv("LODE_NATS_"+name, "test-only")
	}
	opts, err := server.ProcessConfigFile("../../../deploy/nats/server.conf")
	require.NoError(t, err)
	require.True(t, opts.SyncAlways)
	require.EqualValues(t, bus.MaxPayload, opts.MaxPayload)
	require.Len(t, opts.Users, 5)
	for _, u := range opts.Users {
		require.NotEmpty(t, u.Permissions.Publish.Allow, u.Username)
		require.NotContains(t, u.Permissions.Publish.Allow, ">", u.Username)
	}
}
