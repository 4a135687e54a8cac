package relayer

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

const (
	question = `{"model":"bench","messages":[{"role":"user","content":"%d"}]}`
	streamed = `{"model":"bench","stream":true,"messages":[{"role":"user","content":"%d"}]}`
	answer   = `{"id":"1","object":"chat.completion","model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":11,"total_tokens":18}}`
	chunk    = `data: {"id":"1","object":"chat.completion.chunk","model":"bench","choices":[{"index":0,"delta":{"content":"word "}}]}` + "\n\n"
	chunks   = 100
)

// startBackend starts a model server that knows one answer, and returns its URL.
func startBackend(s *scene) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			echo(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), `"stream":true`) {
			stream(w)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	}))
	s.Cleanup(server.Close)
	return server.URL
}

// stream sends its chunks one by one, without a pause.
func stream(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/event-stream")
	for range chunks {
		_, _ = io.WriteString(w, chunk)
		_ = http.NewResponseController(w).Flush()
	}
	_, _ = io.WriteString(w, "data: [DONE]\n\n")
}

// direct is the request that goes past the relayer.
func direct(i int) []byte {
	return post("/v1/chat/completions", "application/json", []byte(fmt.Sprintf(question, i)))
}

// post is a whole HTTP/1.1 request.
func post(path, contentType string, body []byte) []byte {
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: bench\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", path, contentType, len(body))
	return append([]byte(head), body...)
}
