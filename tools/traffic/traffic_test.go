package traffic_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/traffic"
)

// TestTotalIsAnswers: a request that failed is made up for by another one.
func TestTotalIsAnswers(t *testing.T) {
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			http.Error(w, "not yet", http.StatusBadGateway)
			return
		}
		w.Header().Set("Lode-Session", "s")
		_, _ = w.Write([]byte("{}"))
	}))
	t.Cleanup(s.Close)
	counts := traffic.Run(t.Context(), traffic.Options{Gateway: s.URL, Model: "m", Total: 5, Parallel: 3})
	require.Equal(t, 5, counts.Answered)
	require.Equal(t, 1, counts.Failed)
	require.Equal(t, map[string]int{"s": 5}, counts.Sessions)
	require.Len(t, counts.Errors, 1)
}

func TestFailuresEndTheRun(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	counts := traffic.Run(t.Context(), traffic.Options{Gateway: s.URL, Model: "m", Total: 5, Parallel: 1, MaxFailures: 2})
	require.Zero(t, counts.Answered)
	require.Equal(t, 2, counts.Failed)
}
