package demollm

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// Limits of a request, beside Config.MaxBodyBytes.
const (
	maxMessages    = 1024
	maxStops       = 4 // OpenAI's
	maxTokensLimit = 4096
	defaultTokens  = 128
)

// ask is a checked request of either kind.
type ask struct {
	Prompt       string
	Chat         bool
	MaxTokens    int // 1 ≤ MaxTokens ≤ maxTokensLimit
	Stops        []string
	Seed         *int64
	Temperature  float64 // 0 ≤ Temperature ≤ 2
	Stream       bool
	IncludeUsage bool
}

// wire is what clients send, of the fields that matter here. Others are
// passed over, as they cannot change what an n-gram says.
type wire struct {
	Model               string          `json:"model"`
	Messages            []wireMessage   `json:"messages"`
	Prompt              json.RawMessage `json:"prompt"`
	MaxTokens           *int            `json:"max_tokens"`
	MaxCompletionTokens *int            `json:"max_completion_tokens"`
	Temperature         *float64        `json:"temperature"`
	Seed                *int64          `json:"seed"`
	Stop                json.RawMessage `json:"stop"`
	N                   *int            `json:"n"`
	BestOf              *int            `json:"best_of"`
	Stream              bool            `json:"stream"`
	StreamOptions       *struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	Tools []json.RawMessage `json:"tools"`
}

type wireMessage struct {
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"`
}

// decodeAsk reads and checks a body. The error is an *apiError.
func decodeAsk(body io.Reader, chat bool) (ask, error) {
	data, err := io.ReadAll(body)
	if err != nil {
		return ask{}, bodyError(err)
	}
	var w wire
	if err := json.Unmarshal(data, &w); err != nil {
		return ask{}, badRequest("", "We could not parse the JSON body of your request: %v", err)
	}
	return w.check(chat)
}

func bodyError(err error) *apiError {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return coded(http.StatusRequestEntityTooLarge, "request_too_large", "The body is longer than %d bytes", tooLarge.Limit)
	}
	return badRequest("", "The body could not be read: %v", err)
}

func (w wire) check(chat bool) (ask, error) {
	if err := w.refuse(); err != nil {
		return ask{}, err
	}
	a := ask{Chat: chat, Seed: w.Seed, Stream: w.Stream, MaxTokens: defaultTokens, Temperature: 1}
	a.IncludeUsage = w.StreamOptions != nil && w.StreamOptions.IncludeUsage
	var err error
	if a.Prompt, err = w.prompt(chat); err != nil {
		return ask{}, err
	}
	if a.Stops, err = texts("stop", w.Stop); err != nil {
		return ask{}, err
	}
	return w.numbers(a)
}

// refuse names what this server does not do.
func (w wire) refuse() error {
	switch {
	case w.Model == "":
		return badRequest("model", "you must provide a model parameter")
	case w.Model != ModelName:
		return coded(http.StatusNotFound, "model_not_found", "The model %q does not exist; there is only %q", cut(w.Model), ModelName)
	case (w.N != nil && *w.N != 1) || (w.BestOf != nil && *w.BestOf != 1):
		return badRequest("n", "only n = 1 is answered here")
	case len(w.Tools) > 0:
		return badRequest("tools", "this demo calls no tools")
	case w.StreamOptions != nil && !w.Stream:
		return badRequest("stream_options", "stream_options is only for stream = true")
	}
	return nil
}

func (w wire) numbers(a ask) (ask, error) {
	for _, given := range []*int{w.MaxTokens, w.MaxCompletionTokens} {
		if given != nil {
			a.MaxTokens = *given
		}
	}
	if w.Temperature != nil {
		a.Temperature = *w.Temperature
	}
	switch {
	case a.MaxTokens < 1 || a.MaxTokens > maxTokensLimit:
		return ask{}, badRequest("max_tokens", "max_tokens is %d, expected 1 to %d", a.MaxTokens, maxTokensLimit)
	case !(a.Temperature >= 0 && a.Temperature <= 2):
		return ask{}, badRequest("temperature", "temperature is %v, expected 0 to 2", a.Temperature)
	case len(a.Stops) > maxStops:
		return ask{}, badRequest("stop", "%d stop sequences, expected at most %d", len(a.Stops), maxStops)
	}
	for _, s := range a.Stops {
		if s == "" {
			return ask{}, badRequest("stop", "a stop sequence is empty")
		}
	}
	return a, nil
}

func (w wire) prompt(chat bool) (string, error) {
	if chat {
		return chatPrompt(w.Messages)
	}
	list, err := texts("prompt", w.Prompt)
	switch {
	case err != nil:
		return "", err
	case len(list) != 1:
		return "", badRequest("prompt", "expected one prompt, got %d", len(list))
	}
	return list[0], nil
}

// chatPrompt is all that was said, a line each.
func chatPrompt(messages []wireMessage) (string, error) {
	if len(messages) == 0 || len(messages) > maxMessages {
		return "", badRequest("messages", "expected 1 to %d messages, got %d", maxMessages, len(messages))
	}
	var b strings.Builder
	for _, m := range messages {
		text, err := m.text()
		if err != nil {
			return "", err
		}
		b.WriteString(text + "\n")
	}
	return b.String(), nil
}

func (m wireMessage) text() (string, error) {
	switch m.Role {
	case "system", "developer", "user", "assistant":
	default:
		return "", badRequest("messages", "role %q is not taken here", cut(m.Role))
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if list, err := texts("messages", m.Content); err == nil && len(list) == 1 {
		return list[0], nil
	}
	if err := json.Unmarshal(m.Content, &parts); err != nil || len(parts) == 0 {
		return "", badRequest("messages", "a message's content must be text")
	}
	var b strings.Builder
	for _, p := range parts {
		if p.Type != "text" {
			return "", badRequest("messages", "content of type %q is not taken here", cut(p.Type))
		}
		b.WriteString(p.Text)
	}
	return b.String(), nil
}

// texts reads a string or a list of strings; nothing and null are no strings.
func texts(field string, raw json.RawMessage) ([]string, error) {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil, nil
	}
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}, nil
	}
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		return nil, badRequest(field, "%s must be a string or a list of strings", field)
	}
	return list, nil
}

// cut keeps what a client said short enough to be said back.
func cut(s string) string { return s[:min(len(s), 100)] }
