// Package bustest gives tests a real NATS server with every declared stream, inside the test's process.
package bustest

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
)

// Start returns a connection, named service, to a new server that ends with the test.
func Start(t testing.TB, service string) *bus.Bus {
	t.Helper()
	b := Dial(t, Server(t), service)
	require.NoError(t, b.Apply(t.Context(), 1))
	return b
}

// Server starts a server that ends with the test and returns its URL. It has no streams yet.
func Server(t testing.TB) string {
	t.Helper()
	s, err := bus.Embedded(t.TempDir(), -1)
	require.NoError(t, err)
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s.ClientURL()
}

// Dial connects to a server of Server.
func Dial(t testing.TB, url, service string) *bus.Bus {
	t.Helper()
	b, err := bus.Connect(context.WithoutCancel(t.Context()), bus.Config{URL: url}, service, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(b.Close)
	return b
}
