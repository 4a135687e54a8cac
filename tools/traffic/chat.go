package traffic

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// prompts are what the demo asks; a number makes each request another one.
var prompts = []string{"What does the river carry?", "How is a ledger kept?", "Who mines at night?", "What makes a craft?"}

func question(model string, n int) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model: model, MaxTokens: openai.Int(24), Seed: openai.Int(int64(n)),
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(fmt.Sprintf("%s (%d)", prompts[n%len(prompts)], n))},
	}
}

func (s *sender) openai() openai.Client {
	return openai.NewClient(option.WithBaseURL(s.Gateway+"/v1"), option.WithAPIKey("none"), option.WithMaxRetries(0), option.WithHTTPClient(s.client))
}

// chat sends one request and takes its answer whole.
func (s *sender) chat(ctx context.Context, n int) outcome {
	var raw *http.Response
	c := s.openai()
	_, err := c.Chat.Completions.New(ctx, question(s.Model, n), option.WithResponseInto(&raw))
	return outcome{sessionOf(raw), explained(err)}
}

// explained is an error with what the gateway said, which the client's own text leaves out.
func explained(err error) error {
	var said *openai.Error
	if errors.As(err, &said) {
		return fmt.Errorf("status %d: %s", said.StatusCode, said.Message)
	}
	return err
}

var errUnfinished = errors.New("the stream has no last chunk")

// stream sends one request and takes its answer chunk by chunk.
func (s *sender) stream(ctx context.Context, n int) outcome {
	var raw *http.Response
	c := s.openai()
	ask := question(s.Model, n)
	ask.StreamOptions.IncludeUsage = openai.Bool(true)
	chunks := c.Chat.Completions.NewStreaming(ctx, ask, option.WithResponseInto(&raw))
	var finished, used bool
	for chunks.Next() {
		for _, choice := range chunks.Current().Choices {
			finished = finished || choice.FinishReason != ""
		}
		used = used || chunks.Current().Usage.TotalTokens > 0
	}
	err := chunks.Err()
	if err == nil && (!finished || !used) {
		err = errUnfinished
	}
	_ = chunks.Close() // nothing of it is left
	return outcome{sessionOf(raw), explained(err)}
}

// sessionOf is the session that pays for an answer; empty when there was none.
func sessionOf(res *http.Response) string {
	if res == nil {
		return ""
	}
	return res.Header.Get("Lode-Session")
}
