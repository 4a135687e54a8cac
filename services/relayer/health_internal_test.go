package relayer

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/relayer/upstream"
)

// TestReadiness: a relayer with one dead service is ready for the others, says which is dead, and is ready for none when
// all are.
func TestReadiness(t *testing.T) {
	b := newBench(t)
	dead := newModel(t, func(http.ResponseWriter, *http.Request) {})
	dead.Close()
	b.cfg.Services["dead"] = Service{Pools: map[string]upstream.GroupConfig{"rest": {HealthPath: "/", Backends: map[string]upstream.EndpointConfig{"gpu": {URL: dead.URL}}}}}
	_, kit := b.started()
	server := httptest.NewServer(kit.Pages)
	t.Cleanup(server.Close)
	get := func(path string) (int, string) {
		res, err := http.Get(server.URL + path)
		require.NoError(t, err)
		defer res.Body.Close()
		raw, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res.StatusCode, string(raw)
	}
	require.Eventually(t, func() bool {
		_, said := get("/readyz")
		return said == "ready\nservice dead: no backend takes calls\n"
	}, patience, often)
	for service, want := range map[string]int{factstest.Service: 200, "dead": 503, "none": 404} {
		status, _ := get("/readyz?service=" + service)
		require.Equal(t, want, status, service)
	}
	require.InDelta(t, 1, testutil.ToFloat64(b.metrics.servicesDown), 0)
	status, said := get("/services")
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `[
		{"service":"dead","ready":false,"backends":[{"rpc":"rest","backend":"gpu","up":false,"load":0}]},
		{"service":"`+factstest.Service+`","ready":true,"backends":[{"rpc":"jsonrpc","backend":"backend","up":true,"load":0}]}
	]`, said)

	living := b.cfg.Services[factstest.Service]
	delete(b.cfg.Services, factstest.Service)
	_, err := b.Reload(t.Context(), b.cfg)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		status, said = get("/readyz")
		return status == http.StatusServiceUnavailable
	}, patience, often)
	require.Equal(t, "service: none is well\nservice dead: no backend takes calls\n", said)
	b.cfg.Services[factstest.Service] = living
	_, err = b.Reload(t.Context(), b.cfg)
	require.NoError(t, err)
	status, _ = get("/readyz")
	require.Equal(t, http.StatusOK, status)
}
