// Package bustest gives tests a real NATS server with every declared stream, inside the test's process.
package bustest

import (
	"context"
	"log/slog"
	"net"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
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
	return NewRestartable(t).URL()
}

// Restartable is a server that can be stopped and started again, on the same folder and port.
type Restartable struct {
	t    testing.TB
	Dir  string // may be changed while it is stopped
	port int
	now  *server.Server
}

// NewRestartable starts a server that ends with the test.
func NewRestartable(t testing.TB) *Restartable {
	t.Helper()
	r := &Restartable{t: t, Dir: t.TempDir(), port: -1}
	r.Start()
	r.port = r.now.Addr().(*net.TCPAddr).Port
	t.Cleanup(r.Stop)
	return r
}

// Start starts it again.
func (r *Restartable) Start() {
	r.t.Helper()
	var err error
	r.now, err = bus.Embedded(r.Dir, r.port)
	require.NoError(r.t, err)
}

// Stop returns when it is down. It does no harm twice.
func (r *Restartable) Stop() { r.now.Shutdown(); r.now.WaitForShutdown() }

// URL is where it is, through all restarts.
func (r *Restartable) URL() string { return r.now.ClientURL() }

// Dial connects to a server of Server.
func Dial(t testing.TB, url, service string) *bus.Bus {
	t.Helper()
	b, err := bus.Connect(context.WithoutCancel(t.Context()), bus.Config{URL: url}, service, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(b.Close)
	return b
}
