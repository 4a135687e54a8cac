package llm

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Usage that is absent, negative or malformed is unknown, never zero.
func TestUnknown(t *testing.T) {
	known := Usage{Known: true, Prompt: 7}
	for _, c := range []struct {
		media, body string
		want        Usage
	}{
		{asJSON + "; charset=utf-8", `{"usage":{"prompt_tokens":7}}`, known},
		{"application/vnd.api+json", `{"usage":{"prompt_tokens":7}}`, known},
		{asJSON, `{"usage":{"prompt_tokens":0,"completion_tokens":0}}`, Usage{Known: true}},
		{asJSON, `{"usage":{"completion_tokens":11}}`, Usage{}},
		{asJSON, `{"usage":{"prompt_tokens":-7,"completion_tokens":11}}`, Usage{}},
		{asJSON, `{"usage":{"prompt_tokens":7,"completion_tokens":-1}}`, Usage{}},
		{asJSON, `{"usage":{"prompt_tokens":7.5}}`, Usage{}},
		{asJSON, `{"usage":{"prompt_tokens":18446744073709551616}}`, Usage{}},
		{asJSON, `{"usage":{"prompt_tokens":4294967297}}`, Usage{}},
		{asJSON, `{"usage":{"prompt_tokens":"7"}}`, Usage{}},
		{asJSON, `{"usage":{"prompt_tokens":{}}}`, Usage{}},
		{asJSON, `{"usage":null}`, Usage{}},
		{asJSON, `{"choices":[{"finish_reason":"stop"}],"usage":{"prompt_tokens":7}}`, Usage{FinishReason: "stop"}},
		{asJSON, `{}`, Usage{}},
		{asJSON, `[]`, Usage{}},
		{asJSON, ``, Usage{}},
		{asJSON, `{"usage":{"prompt_tokens":7}`, Usage{}},
		{asJSON, `{"usage":{"prompt_tokens":7}}{}`, Usage{}},
		{asJSON, strings.Repeat(`{"a":`, maxDepth) + "1" + strings.Repeat("}", maxDepth), Usage{}},
		{asJSON, `{"usage":{"prompt_tokens":7},"a":` + strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth) + "}", Usage{}},
		{asJSON, `{"usage":{"prompt_tokens":7},"a":` + strings.Repeat("[", maxDepth-1) + strings.Repeat("]", maxDepth-1) + "}", known},
		{asJSON, `{"usage":{"prompt_tokens":7},"pad":"` + strings.Repeat("x", 20<<20) + `"}`, known},
		{"text/plain", `{"usage":{"prompt_tokens":7}}`, Usage{}},
		{"", `{"usage":{"prompt_tokens":7}}`, Usage{}},
		{"application/json; =", `{"usage":{"prompt_tokens":7}}`, Usage{}},
	} {
		require.Equal(t, c.want, Read(c.media, nil, []byte(c.body)), "%s %.60s", c.media, c.body)
	}
}

// Texts go into messages and columns that take UTF-8 only, and not much of it.
func TestTexts(t *testing.T) {
	for raw, want := range map[string]string{
		`"qwen3"`:                                "qwen3",
		`"\u0071\n"`:                             "q\n",
		"\"\xff\"":                               "\ufffd",
		`"\ud800"`:                               "\ufffd",
		`""`:                                     "of the request",
		`7`:                                      "of the request",
		`{"name":"m"}`:                           "of the request",
		`"` + strings.Repeat("x", maxText) + `"`: strings.Repeat("x", maxText),
		`"` + strings.Repeat(`\u0078`, maxText) + `"`:   strings.Repeat("x", maxText),
		`"` + strings.Repeat("x", maxText+1) + `"`:      "of the request",
		`"` + strings.Repeat(`\u0078`, maxText+1) + `"`: "of the request",
	} {
		require.Equal(t, want, Read(asJSON, []byte(`{"model":"of the request"}`), []byte(`{"model":`+raw+`}`)).Model, raw)
	}
}

// The first token's time is that of the write that completed the first document with content.
func TestFirstToken(t *testing.T) {
	clock := time.Unix(0, 0)
	r := NewReader(asEvents, func() time.Time { return clock })
	for _, piece := range []string{
		`data: {"choices":[{"delta":{"role":"assistant","content":""}}]}` + "\n\n", // 1 s
		`data: {"choices":[{"delta":{"con`,                                         // 2 s
		`tent":"hi"}}]}` + "\n",                                                    // 3 s
		"\n",                                                                       // 4 s
		`data: {"choices":[{"delta":{"content":"you"}}]}` + "\n\n", // 5 s
	} {
		clock = clock.Add(time.Second)
		_, err := r.Write([]byte(piece))
		require.NoError(t, err)
	}
	require.Equal(t, time.Unix(4, 0), r.Result().FirstToken)

	r = NewReader(asJSON, func() time.Time { return clock })
	_, _ = r.Write([]byte(`{"response":"hi"}`))
	require.Zero(t, r.Result().FirstToken, "an answer that is no stream has no first token")
}

// A result can be taken at any time, and the last event of a stream needs no empty line.
func TestResultIsASnapshot(t *testing.T) {
	r := NewReader(asEvents, nil)
	_, _ = r.Write([]byte(`data: {"model":"a"}` + "\n\ndata: " + `{"model":"b"}`))
	require.Equal(t, "b", r.Result().Model)
	require.Equal(t, "b", r.Result().Model)
	_, _ = r.Write([]byte(",\n\n" + `data: {"model":"c"`))
	require.Equal(t, "a", r.Result().Model)
}

func TestReadRequest(t *testing.T) {
	require.Equal(t, Request{Model: "m", Stream: true, WantsUsage: true},
		ReadRequest([]byte(`{"messages":[{"role":"user","content":"{\"model\":\"no\"}"}],"model":"m","stream":true,"stream_options":{"include_usage":true}}`)))
	require.Equal(t, Request{Model: "m"}, ReadRequest([]byte(`{"model":"m","stream":null,"stream_options":{"include_usage":"yes"}}`)))
	require.Zero(t, ReadRequest([]byte(`{"model":"m"`)))
	require.Zero(t, ReadRequest([]byte(`{"jsonrpc":"2.0","method":"eth_blockNumber"}`)))
}

// However long a line is, reading it allocates nothing.
func TestMemoryIsConstant(t *testing.T) {
	r := NewReader(asEvents, nil)
	piece := []byte(strings.Repeat("x", 1<<10))
	_, _ = r.Write([]byte(`data: {"choices":[{"delta":{"content":"`))
	require.Zero(t, testing.AllocsPerRun(1000, func() { _, _ = r.Write(piece) }))
}

func BenchmarkReader(b *testing.B) {
	chunk := []byte(`data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}],"usage":null}` + "\n\n")
	r := NewReader(asEvents, nil)
	b.SetBytes(int64(len(chunk)))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = r.Write(chunk)
	}
}

func BenchmarkRead(b *testing.B) {
	answer := []byte(shapes[0].answer)
	request := []byte(`{"model":"m","messages":[{"role":"user","content":"` + strings.Repeat("word ", 200) + `"}]}`)
	b.SetBytes(int64(len(answer) + len(request)))
	b.ReportAllocs()
	for b.Loop() {
		_ = Read(asJSON, request, answer)
	}
}
