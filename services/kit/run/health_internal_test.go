package run

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
)

func TestReadinessIsProgress(t *testing.T) {
	now := time.Unix(1000, 0)
	h := NewHealth()
	h.now = func() time.Time { return now }
	ask := func() (int, string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		return w.Code, w.Body.String()
	}
	p := h.Probe("seal", 10*time.Second)
	code, body := ask()
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Contains(t, body, "seal: no progress yet")
	p.Beat()
	code, _ = ask()
	require.Equal(t, http.StatusOK, code)
	now = now.Add(11 * time.Second)
	code, body = ask()
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Contains(t, body, "no progress for 11s")
}

// TestReadinessOfParts: one that is well is enough; each can be asked for.
func TestReadinessOfParts(t *testing.T) {
	h := NewHealth()
	faults := map[string]string{"a": "", "b": "is down"}
	h.Parts("service", func() map[string]string { return faults })
	for _, c := range []struct {
		path, body string
		code       int
	}{
		{"/readyz", "ready\nservice b: is down\n", 200},
		{"/readyz?service=a", "ready\nservice b: is down\n", 200},
		{"/readyz?service=b", "service b: is down\n", 503},
		{"/readyz?service=a&service=b", "service b: is down\n", 503},
		{"/readyz?service=c", "service b: is down\n", 404},
		{"/readyz?verbose", "ready\nservice b: is down\n", 200},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, c.path, nil))
		require.Equal(t, c.code, w.Code, c.path)
		require.Equal(t, c.body, w.Body.String(), c.path)
	}
	faults["a"] = "is down"
	require.Equal(t, []string{"service: none is well"}, h.Faults())
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Equal(t, "service: none is well\nservice a: is down\nservice b: is down\n", w.Body.String())
	clear(faults)
	require.Empty(t, h.Faults(), "of nothing nothing is ill")
}

// The progress of every loop is on /metrics, and for how long it may stand still.
func TestLoopsAreShown(t *testing.T) {
	reg := prometheus.NewRegistry()
	h := newHealth(newMetrics(reg))
	h.now = func() time.Time { return time.Unix(1000, 500e6) }
	p := h.Probe("height", 3*time.Minute)
	h.Probe("once", 0)
	require.Zero(t, testutil.ToFloat64(h.shown.beat.WithLabelValues("height")))
	p.Beat()
	require.NoError(t, testutil.GatherAndCompare(reg, strings.NewReader(`
# HELP lode_loop_limit_seconds for how long the loop may stand still before the service is unready
# TYPE lode_loop_limit_seconds gauge
lode_loop_limit_seconds{loop="height"} 180
# HELP lode_loop_progress_timestamp_seconds when the loop last came on, in seconds since 1970; 0: not yet
# TYPE lode_loop_progress_timestamp_seconds gauge
lode_loop_progress_timestamp_seconds{loop="height"} 1000.5
lode_loop_progress_timestamp_seconds{loop="once"} 0
`), "lode_loop_limit_seconds", "lode_loop_progress_timestamp_seconds"))
}
