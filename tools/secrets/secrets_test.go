package secrets_test

import (
	"log/slog"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/tools/secrets"
)

// deployment is a secured server with the declared streams.
type deployment struct {
	dir string
	url string
}

func deploy(t *testing.T) deployment {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, secrets.Make(dir, []string{"127.0.0.1", "localhost"}))
	s, err := bus.EmbeddedSecured(t.TempDir(), -1, secrets.Door(dir))
	require.NoError(t, err)
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	d := deployment{dir: dir, url: s.ClientURL()}
	require.NoError(t, d.as(t, secrets.Operator).Apply(t.Context(), 1))
	return d
}

func (d deployment) as(t *testing.T, service string) *bus.Bus {
	t.Helper()
	cfg := secrets.Client(d.dir, service, d.url)
	require.NoError(t, cfg.Validate())
	b, err := bus.Connect(t.Context(), cfg, service, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	require.NoError(t, err)
	t.Cleanup(b.Close)
	return b
}

func TestOperatorApplies(t *testing.T) {
	d := deploy(t)
	declared, err := bus.Declared()
	require.NoError(t, err)
	for _, name := range secrets.Services(declared) {
		_ = d.as(t, name)
	}
}
