package llm

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func sse(events ...string) string { return "data: " + strings.Join(events, "\n\ndata: ") + "\n\n" }

const (
	asJSON   = "application/json"
	asEvents = "text/event-stream"
	asLines  = "application/x-ndjson"
)

// shapes are answers as servers give them, shortened.
var shapes = []struct {
	name, media, answer string
	want                Usage
}{
	{"chat", asJSON, `{"id":"c","object":"chat.completion","model":"qwen3","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],
		"usage":{"prompt_tokens":7,"completion_tokens":11,"total_tokens":18,"prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":5}}}`,
		Usage{Model: "qwen3", FinishReason: "stop", Known: true, Prompt: 7, Completion: 11, Cached: 3, Reasoning: 5}},
	{"chat stream, usage null but in the last chunk", asEvents, sse(
		`{"model":"m","choices":[{"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}`,
		`{"model":"m","choices":[{"delta":{"content":"hi"},"finish_reason":null}],"usage":null}`,
		`{"model":"m","choices":[{"delta":{},"finish_reason":"length"}],"usage":null}`,
		`{"model":"m","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":11,"total_tokens":18}}`, `[DONE]`),
		Usage{Model: "m", Streamed: true, FinishReason: "length", Known: true, Prompt: 7, Completion: 11}},
	{"chat stream, not asked for usage", asEvents, sse(
		`{"model":"m","choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}`, `[DONE]`),
		Usage{Model: "m", Streamed: true, FinishReason: "stop"}},
	{"vLLM, usage in every chunk", asEvents, sse(
		`{"model":"m","choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":7,"completion_tokens":1,"total_tokens":8}}`,
		`{"model":"m","choices":[{"delta":{"content":"b"}}],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}}`),
		Usage{Model: "m", Streamed: true, Known: true, Prompt: 7, Completion: 2}},
	{"zeros after the truth", asEvents, sse(
		`{"choices":[{"text":"a"}],"usage":{"prompt_tokens":7,"completion_tokens":2}}`, `{"usage":{"prompt_tokens":0,"completion_tokens":0}}`),
		Usage{Streamed: true, Known: true, Prompt: 7, Completion: 2}},
	{"legacy completion", asJSON, `{"object":"text_completion","model":"m","choices":[{"text":"a","finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":2}}`,
		Usage{Model: "m", FinishReason: "stop", Known: true, Prompt: 7, Completion: 2}},
	{"response", asJSON, `{"object":"response","status":"completed","incomplete_details":null,"model":"m","output":[],
		"usage":{"input_tokens":7,"input_tokens_details":{"cached_tokens":3},"output_tokens":11,"output_tokens_details":{"reasoning_tokens":5},"total_tokens":18}}`,
		Usage{Model: "m", FinishReason: "completed", Known: true, Prompt: 7, Completion: 11, Cached: 3, Reasoning: 5}},
	{"response stream", asEvents, "event: response.created\n" + sse(
		`{"type":"response.created","response":{"object":"response","status":"in_progress","model":"m","usage":null}}`,
		`{"type":"response.output_text.delta","delta":"hi"}`,
		`{"type":"response.incomplete","response":{"object":"response","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"model":"m","usage":{"input_tokens":7,"output_tokens":11}}}`),
		Usage{Model: "m", Streamed: true, FinishReason: "max_output_tokens", Known: true, Prompt: 7, Completion: 11}},
	{"embeddings", asJSON, `{"object":"list","data":[{"embedding":[0.1,-2e-3]}],"model":"m","usage":{"prompt_tokens":7,"total_tokens":7}}`,
		Usage{Model: "m", Known: true, Prompt: 7}},
	{"rerank", asJSON, `{"model":"m","results":[{"index":0}],"usage":{"total_tokens":56}}`, Usage{Model: "m", Known: true, Prompt: 56}},
	{"Anthropic", asJSON, `{"type":"message","model":"m","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn",
		"usage":{"input_tokens":7,"cache_creation_input_tokens":2,"cache_read_input_tokens":3,"output_tokens":11}}`,
		Usage{Model: "m", FinishReason: "end_turn", Known: true, Prompt: 12, Completion: 11, Cached: 3}},
	{"Anthropic stream", asEvents, "event: message_start\n" + sse(
		`{"type":"message_start","message":{"model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":7,"cache_read_input_tokens":3,"output_tokens":1}}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}`,
		`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":15}}`, `{"type":"message_stop"}`),
		Usage{Model: "m", Streamed: true, FinishReason: "end_turn", Known: true, Prompt: 10, Completion: 15, Cached: 3}},
	{"Anthropic stream that breaks off", asEvents, sse(
		`{"type":"message_start","message":{"model":"m","usage":{"input_tokens":7,"output_tokens":1}}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}`),
		Usage{Model: "m", Streamed: true}},
	{"Groq", asEvents, sse(`{"model":"m","choices":[{"delta":{"content":"hi"},"finish_reason":null}]}`,
		`{"model":"m","choices":[{"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"r","usage":{"queue_time":0.1,"prompt_tokens":7,"completion_tokens":11}}}`),
		Usage{Model: "m", Streamed: true, FinishReason: "stop", Known: true, Prompt: 7, Completion: 11}},
	{"DeepSeek", asJSON, `{"model":"m","choices":[{"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":11,"prompt_cache_hit_tokens":3,"prompt_cache_miss_tokens":4}}`,
		Usage{Model: "m", FinishReason: "stop", Known: true, Prompt: 7, Completion: 11, Cached: 3}},
	{"Ollama", asLines, `{"model":"m","message":{"role":"assistant","content":"hi"},"done":false}` + "\n" +
		`{"model":"m","message":{"role":"assistant","content":""},"done_reason":"stop","done":true,"prompt_eval_count":7,"eval_count":11,"eval_duration":4799921000}` + "\n",
		Usage{Model: "m", Streamed: true, FinishReason: "stop", Known: true, Prompt: 7, Completion: 11}},
	{"llama.cpp, usage and timings", asEvents, sse(
		`{"model":"m","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":11},"timings":{"cache_n":4,"prompt_n":3,"prompt_ms":1.5,"predicted_n":11}}`),
		Usage{Model: "m", Streamed: true, Known: true, Prompt: 7, Completion: 11, Cached: 4}},
	{"llama.cpp, timings only", asEvents, sse(
		`{"model":"m","choices":[{"delta":{},"finish_reason":"stop"}],"timings":{"cache_n":4,"prompt_n":3,"predicted_n":11}}`),
		Usage{Model: "m", Streamed: true, FinishReason: "stop", Known: true, Prompt: 7, Completion: 11, Cached: 4}},
	{"llama.cpp, native", asJSON, `{"content":"hi","model":"m","stop_type":"eos","tokens_predicted":11,"tokens_evaluated":7,"tokens_cached":18}`,
		Usage{Model: "m", FinishReason: "eos", Known: true, Prompt: 7, Completion: 11}},
	{"SGLang, native", asEvents, sse(
		`{"text":"a","meta_info":{"finish_reason":null,"prompt_tokens":7,"completion_tokens":1,"cached_tokens":3}}`,
		`{"text":"ab","meta_info":{"finish_reason":{"type":"length","length":2},"prompt_tokens":7,"completion_tokens":2,"cached_tokens":3}}`),
		Usage{Streamed: true, FinishReason: "length", Known: true, Prompt: 7, Completion: 2, Cached: 3}},
	{"Cohere", asJSON, `{"message":{"content":[{"type":"text","text":"hi"}]},"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":5,"output_tokens":9},"tokens":{"input_tokens":7,"output_tokens":11}}}`,
		Usage{FinishReason: "COMPLETE", Known: true, Prompt: 7, Completion: 11}},
	{"Gemini", asJSON, `{"candidates":[{"content":{"parts":[{"text":"hi"}]},"finishReason":"STOP"}],"modelVersion":"m","usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":11,"thoughtsTokenCount":5,"cachedContentTokenCount":3}}`,
		Usage{Model: "m", FinishReason: "STOP", Known: true, Prompt: 7, Completion: 16, Cached: 3, Reasoning: 5}},
	{"JSON-RPC", asJSON, `{"jsonrpc":"2.0","id":1,"result":{"usage":{"prompt_tokens":7}}}`, Usage{}},
	{"an error", asJSON, `{"error":{"message":"no such model","code":404}}`, Usage{}},
}

func TestShapes(t *testing.T) {
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			require.Equal(t, s.want, Read(s.media, nil, []byte(s.answer)))
			var each []int
			for range s.answer {
				each = append(each, 1)
			}
			require.Equal(t, s.want, readCut(s.media, []byte(s.answer), each), "byte by byte")
			require.Equal(t, s.want, readTwin(s.media, []byte(s.answer)), "the twin")
		})
	}
}
