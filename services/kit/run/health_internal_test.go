package run

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

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
