package path_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/stretchr/testify/require"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
)

func event(text string) string {
	return fmt.Sprintf(`data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"llama","choices":[{"index":0,"delta":{"content":%q}}]}`+"\n\n", text)
}

const lastEvents = `data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"llama","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],` +
	`"usage":{"prompt_tokens":7,"completion_tokens":11,"total_tokens":18}}` + "\n\ndata: [DONE]\n\n"

// cut is said to break the backend's connection off.
const cut = "cut"

// scripted is a backend that says what it is told, each at once. left is closed when its client went away.
func scripted() (backend http.HandlerFunc, say chan string, left chan struct{}) {
	say, left = make(chan string, 10), make(chan struct{})
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		for {
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
				close(left)
				return
			case text, more := <-say:
				switch {
				case !more:
					return
				case text == cut:
					panic(http.ErrAbortHandler)
				}
				_, _ = io.WriteString(w, text)
			}
		}
	}, say, left
}

func (p *path) stream(ctx context.Context) *ssestream.Stream[openai.ChatCompletionChunk] {
	c := p.client()
	return c.Chat.Completions.NewStreaming(ctx, openai.ChatCompletionNewParams{
		Model: model, Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("hi")},
	})
}

func says(t testing.TB, s *ssestream.Stream[openai.ChatCompletionChunk], text string) {
	t.Helper()
	require.True(t, s.Next(), "%v", s.Err())
	require.Equal(t, text, s.Current().Choices[0].Delta.Content)
}

// TestStream: the client has each chunk before the backend says the next one, and all of them are one relay.
func TestStream(t *testing.T) {
	backend, say, _ := scripted()
	p := newPath(t, backend)
	say <- event("hel")
	s := p.stream(t.Context())
	says(t, s, "hel")
	for _, text := range []string{"lo ", "world"} {
		say <- event(text)
		says(t, s, text)
	}
	say <- lastEvents
	close(say)
	require.True(t, s.Next())
	require.Equal(t, int64(18), s.Current().Usage.TotalTokens)
	require.False(t, s.Next())
	require.NoError(t, s.Err())
	served := p.logged(1)[0]
	require.True(t, served.Streamed)
	require.Equal(t, relayv1.Truncated_TRUNCATED_UNSPECIFIED, served.Truncated)
	require.Equal(t, uint64(len(event("hel")+event("lo ")+event("world")+lastEvents)), served.ResponseBytes)
}

// TestStreamBreaksOff: the client learns of it, nobody else is asked, and what was delivered is paid.
func TestStreamBreaksOff(t *testing.T) {
	backend, say, _ := scripted()
	p := newPath(t, backend)
	say <- event("hel")
	s := p.stream(t.Context())
	says(t, s, "hel")
	say <- cut
	require.False(t, s.Next())
	require.ErrorContains(t, s.Err(), "relay_failed")
	served := p.logged(1)[0]
	require.Equal(t, relayv1.Truncated_TRUNCATED_BACKEND, served.Truncated)
	require.Equal(t, uint64(len(event("hel"))), served.ResponseBytes)
}

// TestClientLeaves: the backend stops working for it, and what was delivered is paid.
func TestClientLeaves(t *testing.T) {
	backend, say, left := scripted()
	p := newPath(t, backend)
	say <- event("hel")
	ctx, leave := context.WithCancel(t.Context())
	s := p.stream(ctx)
	says(t, s, "hel")
	leave()
	<-left
	require.Equal(t, relayv1.Truncated_TRUNCATED_CLIENT, p.logged(1)[0].Truncated)
}

// TestBackendsErrorIsWhole: a model server that refuses a stream does so with JSON, and its words are the client's.
func TestBackendsErrorIsWhole(t *testing.T) {
	p := newPath(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":{"message":"context too long","type":"invalid_request_error"}}`)
	})
	s := p.stream(t.Context())
	require.False(t, s.Next())
	var failed *openai.Error
	require.ErrorAs(t, s.Err(), &failed)
	require.Equal(t, http.StatusBadRequest, failed.StatusCode)
	require.Equal(t, "context too long", failed.Message)
}
