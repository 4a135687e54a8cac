package demollm_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/demollm"
)

func start(t *testing.T, change ...func(*demollm.Config)) *demollm.Server {
	t.Helper()
	cfg := demollm.Default()
	cfg.Listen, cfg.Log = "127.0.0.1:0", slog.New(slog.NewTextHandler(io.Discard, nil))
	for _, c := range change {
		c(&cfg)
	}
	s, err := demollm.Start(context.Background(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func client(t *testing.T) openai.Client {
	return openai.NewClient(option.WithBaseURL(start(t).BaseURL()), option.WithAPIKey("none needed"), option.WithMaxRetries(0))
}

func chat() openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model:       demollm.ModelName,
		Messages:    []openai.ChatCompletionMessageParamUnion{openai.SystemMessage("Be brief."), openai.UserMessage("What is a ledger?")},
		MaxTokens:   openai.Int(40),
		Seed:        openai.Int(7),
		Temperature: openai.Float(0.8),
	}
}

func TestChat(t *testing.T) {
	c, ctx := client(t), context.Background()
	first, err := c.Chat.Completions.New(ctx, chat())
	require.NoError(t, err)
	require.Equal(t, demollm.Fingerprint, first.SystemFingerprint) //nolint:staticcheck // the label is the point
	require.Equal(t, demollm.ModelName, first.Model)
	require.Equal(t, "assistant", string(first.Choices[0].Message.Role))
	require.NotEmpty(t, first.Choices[0].Message.Content)
	require.Equal(t, int64(10), first.Usage.PromptTokens)
	require.LessOrEqual(t, first.Usage.CompletionTokens, int64(40))
	require.Equal(t, first.Usage.PromptTokens+first.Usage.CompletionTokens, first.Usage.TotalTokens)

	again, err := c.Chat.Completions.New(ctx, chat())
	require.NoError(t, err)
	require.Equal(t, first.Choices, again.Choices, "same request, same answer")
	require.NotEqual(t, first.ID, again.ID)

	other := chat()
	other.Seed = openai.Int(8)
	third, err := c.Chat.Completions.New(ctx, other)
	require.NoError(t, err)
	require.NotEqual(t, first.Choices[0].Message.Content, third.Choices[0].Message.Content)
}

func TestChatStreamIsTheSameAnswer(t *testing.T) {
	c, ctx := client(t), context.Background()
	whole, err := c.Chat.Completions.New(ctx, chat())
	require.NoError(t, err)
	params := chat()
	params.StreamOptions.IncludeUsage = openai.Bool(true)
	stream := c.Chat.Completions.NewStreaming(ctx, params)
	acc := openai.ChatCompletionAccumulator{}
	for stream.Next() {
		require.True(t, acc.AddChunk(stream.Current()))
	}
	require.NoError(t, stream.Err())
	require.Equal(t, whole.Choices[0].Message.Content, acc.Choices[0].Message.Content)
	require.Equal(t, whole.Choices[0].FinishReason, acc.Choices[0].FinishReason)
	require.Equal(t, whole.Usage.TotalTokens, acc.Usage.TotalTokens)
}

func TestStreamWithoutUsageEndsWithDone(t *testing.T) {
	s := start(t)
	res := post(t, s, "/chat/completions", `{"model":"demo-ngram","stream":true,"max_tokens":2,"messages":[{"role":"user","content":"x"}]}`)
	defer func() { require.NoError(t, res.Body.Close()) }()
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(string(body), "data: [DONE]\n\n"))
	require.NotContains(t, string(body), "usage")
}

func TestCompletion(t *testing.T) {
	c, ctx := client(t), context.Background()
	params := openai.CompletionNewParams{Model: demollm.ModelName, Temperature: openai.Float(0),
		Prompt: openai.CompletionNewParamsPromptUnion{OfString: openai.String("A ledger is a promise made")}}
	whole, err := c.Completions.New(ctx, params)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(whole.Choices[0].Text, " in ink."), "%q", whole.Choices[0].Text)
	stream := c.Completions.NewStreaming(ctx, params)
	text := ""
	for stream.Next() {
		text += stream.Current().Choices[0].Text
	}
	require.NoError(t, stream.Err())
	require.Equal(t, whole.Choices[0].Text, text)
}

func TestStop(t *testing.T) {
	c, ctx := client(t), context.Background()
	params := openai.CompletionNewParams{Model: demollm.ModelName, Temperature: openai.Float(0),
		Prompt: openai.CompletionNewParamsPromptUnion{OfString: openai.String("A ledger is a promise made")},
		Stop:   openai.CompletionNewParamsStopUnion{OfStringArray: []string{"nowhere", "nk. E"}}}
	res, err := c.Completions.New(ctx, params)
	require.NoError(t, err)
	require.Equal(t, " in i", res.Choices[0].Text)
	require.Equal(t, "stop", string(res.Choices[0].FinishReason))
}

func TestModels(t *testing.T) {
	c, ctx := client(t), context.Background()
	page, err := c.Models.List(ctx)
	require.NoError(t, err)
	require.Len(t, page.Data, 1)
	require.Equal(t, demollm.ModelName, page.Data[0].ID)
	require.Contains(t, page.Data[0].RawJSON(), "Not a language model")
	one, err := c.Models.Get(ctx, demollm.ModelName)
	require.NoError(t, err)
	require.Equal(t, "lode-demo", one.OwnedBy)
}

func TestClientErrors(t *testing.T) {
	c, ctx := client(t), context.Background()
	for name, at := range map[string]struct {
		change func(*openai.ChatCompletionNewParams)
		status int
		param  string
	}{
		"unknown model":    {func(p *openai.ChatCompletionNewParams) { p.Model = "gpt-9" }, 404, ""},
		"no model":         {func(p *openai.ChatCompletionNewParams) { p.Model = "" }, 400, "model"},
		"two answers":      {func(p *openai.ChatCompletionNewParams) { p.N = openai.Int(2) }, 400, "n"},
		"hot":              {func(p *openai.ChatCompletionNewParams) { p.Temperature = openai.Float(2.1) }, 400, "temperature"},
		"no tokens":        {func(p *openai.ChatCompletionNewParams) { p.MaxTokens = openai.Int(0) }, 400, "max_tokens"},
		"many tokens":      {func(p *openai.ChatCompletionNewParams) { p.MaxCompletionTokens = openai.Int(4097) }, 400, "max_tokens"},
		"no messages":      {func(p *openai.ChatCompletionNewParams) { p.Messages = nil }, 400, "messages"},
		"too many stops":   {func(p *openai.ChatCompletionNewParams) { p.Stop.OfStringArray = strings.Split("abcde", "") }, 400, "stop"},
		"empty stop":       {func(p *openai.ChatCompletionNewParams) { p.Stop.OfString = openai.String("") }, 400, "stop"},
		"image":            {func(p *openai.ChatCompletionNewParams) { p.Messages = image() }, 400, "messages"},
		"usage, no stream": {func(p *openai.ChatCompletionNewParams) { p.StreamOptions.IncludeUsage = openai.Bool(true) }, 400, "stream_options"},
	} {
		t.Run(name, func(t *testing.T) {
			params := chat()
			at.change(&params)
			_, err := c.Chat.Completions.New(ctx, params)
			var e *openai.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, at.status, e.StatusCode, "%v", err)
			require.Equal(t, "invalid_request_error", e.Type)
			require.Equal(t, at.param, e.Param)
			require.NotEmpty(t, e.Message)
		})
	}
}

// TestWebsocket: each message has one answer, the same as by POST; a bad one has an error, and the next an answer again.
func TestWebsocket(t *testing.T) {
	s := start(t)
	conn, _, err := websocket.Dial(t.Context(), s.BaseURL()+"/chat/completions", nil)
	require.NoError(t, err)
	defer func() { _ = conn.CloseNow() }()
	c := openai.NewClient(option.WithBaseURL(s.BaseURL()), option.WithAPIKey("none needed"), option.WithMaxRetries(0))
	whole, err := c.Chat.Completions.New(t.Context(), chat())
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, wsjson.Write(t.Context(), conn, chat()))
		var got openai.ChatCompletion
		require.NoError(t, wsjson.Read(t.Context(), conn, &got))
		require.Equal(t, whole.Choices[0].Message.Content, got.Choices[0].Message.Content)
		for says, bad := range map[string]string{"could not parse": "{", "set stream to false": `{"model":"demo-ngram","stream":true,"messages":[{"role":"user","content":"x"}]}`} {
			require.NoError(t, conn.Write(t.Context(), websocket.MessageText, []byte(bad)))
			_, raw, err := conn.Read(t.Context())
			require.NoError(t, err)
			require.Contains(t, string(raw), says)
		}
	}
	require.NoError(t, s.Close())
	_, _, err = conn.Read(t.Context())
	require.Error(t, err)
}

func image() []openai.ChatCompletionMessageParamUnion {
	return []openai.ChatCompletionMessageParamUnion{openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
		openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: "data:,"})})}
}

func post(t *testing.T, s *demollm.Server, path, body string) *http.Response {
	t.Helper()
	res, err := http.Post(s.BaseURL()+path, "application/json", strings.NewReader(body))
	require.NoError(t, err)
	return res
}

func TestRawErrors(t *testing.T) {
	s := start(t, func(c *demollm.Config) { c.MaxBodyBytes = 1000 })
	for name, c := range map[string]struct {
		path, body string
		status     int
		says       string
	}{
		"not json":      {"/chat/completions", "{", 400, "could not parse"},
		"empty":         {"/completions", "", 400, "could not parse"},
		"wrong type":    {"/completions", `{"model":"demo-ngram","prompt":7}`, 400, `"param":"prompt"`},
		"two prompts":   {"/completions", `{"model":"demo-ngram","prompt":["a","b"]}`, 400, "expected one prompt"},
		"no prompt":     {"/completions", `{"model":"demo-ngram"}`, 400, "expected one prompt"},
		"tool role":     {"/chat/completions", `{"model":"demo-ngram","messages":[{"role":"tool","content":"x"}]}`, 400, "not taken here"},
		"tools":         {"/chat/completions", `{"model":"demo-ngram","tools":[{}]}`, 400, "calls no tools"},
		"too long":      {"/completions", strings.Repeat(" ", 1001), 413, "request_too_large"},
		"wrong method":  {"/models", "", 405, "method_not_allowed"},
		"unknown path":  {"/embeddings", "", 404, "unknown_url"},
		"unknown model": {"/completions", `{"model":"x"}`, 404, "model_not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			res := post(t, s, c.path, c.body)
			defer func() { require.NoError(t, res.Body.Close()) }()
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			require.Equal(t, c.status, res.StatusCode)
			require.Contains(t, string(body), c.says)
			require.True(t, strings.HasPrefix(string(body), `{"error":{"message":`))
		})
	}
}

// The waits are as long as told: 3 tokens cost at least first + 2 × next.
func TestDelays(t *testing.T) {
	s := start(t, func(c *demollm.Config) { c.FirstToken, c.PerToken = 60*time.Millisecond, 20*time.Millisecond })
	began := time.Now()
	res := post(t, s, "/completions", `{"model":"demo-ngram","prompt":"","max_tokens":3}`)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.GreaterOrEqual(t, time.Since(began), 100*time.Millisecond)
}

// A client that leaves ends its answer; Close does not wait for it.
func TestClientLeaves(t *testing.T) {
	s := start(t, func(c *demollm.Config) { c.PerToken = time.Hour })
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.BaseURL()+"/completions", strings.NewReader(`{"model":"demo-ngram","prompt":"","stream":true}`))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	_, err = io.ReadFull(res.Body, make([]byte, 10))
	require.NoError(t, err)
	cancel()
	_, err = io.ReadAll(res.Body)
	require.ErrorIs(t, err, context.Canceled)
}

func TestHealth(t *testing.T) {
	res, err := http.Get("http://" + start(t).Addr() + "/healthz")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
}

func TestConfigIsChecked(t *testing.T) {
	_, err := demollm.NewHandler(demollm.Config{PerToken: -1})
	require.ErrorContains(t, err, "MaxBodyBytes")
	require.ErrorContains(t, err, "negative")
}
