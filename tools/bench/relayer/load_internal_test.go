package relayer

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/process"
)

// TestFire: every request is sent once at most, and its answer kept; times count from when a request was due.
func TestFire(t *testing.T) {
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		body, _ := io.ReadAll(r.Body)
		if bytes.HasSuffix(body, []byte("7")) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = w.Write(body)
	}))
	defer server.Close()
	requests := make([][]byte, 100)
	for i := range requests {
		requests[i] = post("/", "text/plain", []byte(strings.Repeat("x", i)+string(rune('0'+i%10))))
	}
	shots, took := fire(strings.TrimPrefix(server.URL, "http://"), 100, 1000, requests, true)
	sent, refused := 0, 0 // a busy machine may come too late for some
	for i, s := range shots {
		if !s.unsent {
			sent++
			refused += map[bool]int{true: 1}[i%10 == 7]
		}
	}
	require.Positive(t, sent)
	require.EqualValues(t, sent, calls.Load())
	o := tally(shots, 1000, took)
	require.Equal(t, []int{sent, sent - refused, refused, 0}, []int{o.sent, o.ok, o.refused, o.other})
	require.Greater(t, o.quantiles[990], time.Duration(0))
	require.GreaterOrEqual(t, o.quantiles[999], o.quantiles[500])
	for i, s := range shots {
		if s.status == http.StatusOK {
			require.Len(t, s.body, i+1)
		}
	}
}

// TestUnsent: what finds no connection free is not sent, and counted.
func TestUnsent(t *testing.T) {
	answer := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-answer }))
	defer server.Close()
	l := &load{address: strings.TrimPrefix(server.URL, "http://"), most: 1}
	shots := []shot{{request: post("/", "text/plain", nil)}, {}, {}}
	for i := range shots {
		shots[i].unsent = !l.send(&shots[i])
	}
	close(answer)
	l.end()
	o := tally(shots, 1, time.Second)
	require.Equal(t, []int{1, 1, 2}, []int{o.sent, o.ok, o.unsent})
}

func TestReadHead(t *testing.T) {
	read := func(text string) (int, int, error) { return readHead(bufio.NewReader(strings.NewReader(text))) }
	status, length, err := read("HTTP/1.1 200 OK\r\nX: y\r\ncontent-length: 12\r\n\r\n")
	require.NoError(t, err)
	require.Equal(t, []int{200, 12}, []int{status, length})
	for _, bad := range []string{"", "HTTP/1.1 2\r\n\r\n", "SMTP\r\n\r\n", "HTTP/1.1 xyz\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"} {
		_, _, err := read(bad)
		require.Error(t, err, bad)
	}
}

// TestNobodyAnswers: what could not be sent is no answer, and ends.
func TestNobodyAnswers(t *testing.T) {
	address, err := process.FreeAddress()
	require.NoError(t, err)
	shots, took := fire(address, 2, 1000, [][]byte{post("/", "", nil), post("/", "", nil)}, true)
	require.Equal(t, 2, tally(shots, 1000, took).other)
}

func TestRequestIn(t *testing.T) {
	id, ok := requestIn([]byte{0x0a, 2, 'h', 'i', 0x12, 0})
	require.True(t, ok)
	same, ok := requestIn([]byte{0x0a, 2, 'h', 'i'})
	require.True(t, ok)
	require.Equal(t, id, same)
	for _, bad := range [][]byte{nil, {0x12, 0}, {0x0a, 9}, {0xff}} {
		_, ok := requestIn(bad)
		require.False(t, ok)
	}
}
