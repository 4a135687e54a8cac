package run_test

import (
	"net"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/run"
)

func TestAskForHealth(t *testing.T) {
	health := run.NewHealth()
	probe := health.Probe("seal", time.Hour)
	s := httptest.NewServer(health)
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	require.NoError(t, err)
	require.ErrorContains(t, run.Ask(t.Context(), "127.0.0.1:"+port), "seal: no progress yet")
	probe.Beat()
	for _, host := range []string{"127.0.0.1", "0.0.0.0", "[::]", ""} {
		require.NoError(t, run.Ask(t.Context(), host+":"+port), host)
	}
	s.Close()
	require.ErrorContains(t, run.Ask(t.Context(), "127.0.0.1:"+port), "refused")
	require.ErrorContains(t, run.Ask(t.Context(), "nonsense"), "missing port")
}
