package traffic_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/traffic"
)

const answer = `{"choices":[{"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}`

// gateway answers requests of each kind; ends is asked before each message by WebSocket whether the session is over.
func gateway(t *testing.T, failing func(n int32) bool, ends func(n int32) bool) string {
	var asked, said, sessions atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Lode-Session", "s")
		if r.Method == http.MethodGet {
			w.Header().Set("Lode-Session", fmt.Sprintf("ws %d", sessions.Add(1)))
			conn, err := websocket.Accept(w, r, nil)
			require.NoError(t, err)
			for {
				if _, _, err := conn.Read(r.Context()); err != nil {
					return
				}
				if ends(said.Add(1)) {
					_ = conn.Close(websocket.StatusServiceRestart, "the session ended: connect again")
					return
				}
				_ = conn.Write(r.Context(), websocket.MessageText, []byte(answer))
			}
		}
		body, _ := io.ReadAll(r.Body)
		switch n := asked.Add(1); {
		case failing(n):
			w.Header().Del("Lode-Session")
			http.Error(w, "not yet", http.StatusBadGateway)
		case strings.Contains(string(body), `"stream":true`):
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, `data: {"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"total_tokens":2}}`+"\n\ndata: [DONE]\n\n")
		default:
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, answer)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func never(int32) bool { return false }

// TestTotalIsAnswers: a request that failed is made up for by another one of its kind.
func TestTotalIsAnswers(t *testing.T) {
	url := gateway(t, func(n int32) bool { return n == 1 }, never)
	counts := traffic.Run(t.Context(), traffic.Options{
		Gateway: url, Model: "m", Total: 8, Parallel: 3, Mix: []traffic.Kind{traffic.Unary, traffic.Unary, traffic.Streamed, traffic.Websocket},
	})
	require.Equal(t, 8, counts.Answered)
	require.Equal(t, 1, counts.Failed)
	require.Equal(t, map[traffic.Kind]int{traffic.Unary: 4, traffic.Streamed: 2, traffic.Websocket: 2}, counts.Kinds)
	require.Equal(t, 6, counts.Sessions["s"])
	require.Empty(t, counts.Lost)
	require.Len(t, counts.Errors, 1)
}

// TestWebsocketsGoOn in the next session when one has ended; the message that was under way is counted as lost.
func TestWebsocketsGoOn(t *testing.T) {
	url := gateway(t, never, func(n int32) bool { return n == 3 })
	counts := traffic.Run(t.Context(), traffic.Options{Gateway: url, Model: "m", Total: 5, Parallel: 1, Mix: []traffic.Kind{traffic.Websocket}})
	require.Equal(t, map[traffic.Kind]int{traffic.Websocket: 5}, counts.Kinds)
	require.Equal(t, map[string]int{"ws 1": 2, "ws 2": 3}, counts.Sessions)
	require.Equal(t, map[string]int{"ws 1": 1}, counts.Lost)
	require.Equal(t, 1, counts.Failed)
}

// TestHalfAStreamIsNoAnswer, and its relay may be in the log.
func TestHalfAStreamIsNoAnswer(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Lode-Session", "s")
		_, _ = io.WriteString(w, `data: {"choices":[{"delta":{"content":"x"}}]}`+"\n\n")
	}))
	t.Cleanup(s.Close)
	counts := traffic.Run(t.Context(), traffic.Options{Gateway: s.URL, Model: "m", Total: 1, MaxFailures: 1, Mix: []traffic.Kind{traffic.Streamed}})
	require.Zero(t, counts.Answered)
	require.Equal(t, map[string]int{"s": 1}, counts.Lost)
}

func TestFailuresEndTheRun(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	counts := traffic.Run(t.Context(), traffic.Options{Gateway: s.URL, Model: "m", Total: 5, Parallel: 1, MaxFailures: 2})
	require.Zero(t, counts.Answered)
	require.Equal(t, 2, counts.Failed)
}
