package analytics

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Who watches gets the newest progress, each once; who is slow gets the newest alone; nobody is let in behind the end.
func TestLive(t *testing.T) {
	l := live{watchers: map[chan progress]bool{}}
	require.False(t, l.watched())
	early, ok := l.join()
	require.True(t, ok)
	l.tell(progress{Height: 1})
	l.tell(progress{Height: 1})
	l.tell(progress{Height: 2})
	require.Equal(t, int64(2), (<-early).Height)
	require.Empty(t, early)
	late, ok := l.join()
	require.True(t, ok)
	require.Equal(t, int64(2), (<-late).Height, "what is known comes first")
	l.leave(late)
	for range maxWatchers - 1 {
		_, ok = l.join()
		require.True(t, ok)
	}
	_, ok = l.join()
	require.False(t, ok, "they are bounded")
	l.end()
	_, open := <-early
	require.False(t, open)
	_, ok = l.join()
	require.False(t, ok)
	l.leave(early)
}

// GET /v1/live says each progress as an event, and ends with the service.
func TestLiveEvents(t *testing.T) {
	l := &live{watchers: map[chan progress]bool{}}
	server := httptest.NewServer(l)
	defer server.Close()
	response, err := http.Get(server.URL)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	require.Equal(t, "text/event-stream", response.Header.Get("Content-Type"))
	l.tell(progress{Height: 7, Time: time.Unix(1, 0).UTC()})
	var said []string
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if line := lines.Text(); line != "" && !strings.HasPrefix(line, ":") {
			said = append(said, line)
		}
		if len(said) == 2 {
			l.end()
		}
	}
	require.Equal(t, []string{"event: progress", `data: {"height":7,"time":"1970-01-01T00:00:01Z","rolled":"0001-01-01T00:00:00Z"}`}, said)
	refused, err := http.Get(server.URL)
	require.NoError(t, err)
	require.NoError(t, refused.Body.Close())
	require.Equal(t, http.StatusServiceUnavailable, refused.StatusCode)
}
