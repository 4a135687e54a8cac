package llm

import "strings"

// field is what a value at a known path means. The first ones are counts of tokens.
type field uint8

const (
	nPrompt          field = iota // with its cached part
	nInput                        // without the cached parts that cacheRead and cacheWrite say; with them where they are not said
	nCacheRead                    // prompt tokens read from a cache, beside input
	nCacheWrite                   // prompt tokens written to a cache, beside input
	nCached                       // cached part of prompt
	nCompletion                   // with its reasoning part
	nCandidates                   // without its reasoning part
	nThoughts                     // reasoning beside candidates
	nReasoning                    // reasoning part of completion
	nOverall                      // all tokens
	nTimedPrompt                  // without its cached part
	nTimedCached                  // beside timedPrompt
	nTimedCompletion              // tokens generated
	countFields                   // how many counts there are

	ofModel
	ofFinish
	ofStatus // of an OpenAI response; in_progress until it ends
	ofObject // what kind of document it is
	ofContent
	ofStream
	ofWantsUsage
	ofNothing
)

// answerPaths are where answers say something: object keys, and [] for any element of an array.
var answerPaths = trie(merge(map[string]field{
	"model": ofModel, "response.model": ofModel, "message.model": ofModel, "modelVersion": ofModel,
	"object": ofObject, "response.object": ofObject, "status": ofStatus, "response.status": ofStatus,

	"choices[].finish_reason": ofFinish, "done_reason": ofFinish, "stop_reason": ofFinish, "delta.stop_reason": ofFinish,
	"incomplete_details.reason": ofFinish, "response.incomplete_details.reason": ofFinish, "stop_type": ofFinish,
	"finish_reason": ofFinish, "delta.finish_reason": ofFinish, "details.finish_reason": ofFinish,
	"meta_info.finish_reason.type": ofFinish, "candidates[].finishReason": ofFinish,

	"choices[].delta.content": ofContent, "choices[].delta.reasoning_content": ofContent, "choices[].delta.reasoning": ofContent,
	"choices[].delta.refusal": ofContent, "choices[].delta.tool_calls[].function.name": ofContent,
	"choices[].delta.tool_calls[].function.arguments": ofContent, "choices[].text": ofContent,
	"delta": ofContent, "delta.text": ofContent, "delta.thinking": ofContent, "delta.partial_json": ofContent,
	"delta.message.content.text": ofContent, "message.content": ofContent, "message.thinking": ofContent,
	"message.tool_calls[].function.name": ofContent, "response": ofContent, "thinking": ofContent, "content": ofContent,
	"text": ofContent, "token.text": ofContent, "candidates[].content.parts[].text": ofContent,

	"prompt_eval_count": nPrompt, "eval_count": nCompletion, // Ollama
	"tokens_evaluated": nPrompt, "tokens_predicted": nCompletion, // llama.cpp, native
	"timings.prompt_n": nTimedPrompt, "timings.cache_n": nTimedCached, "timings.predicted_n": nTimedCompletion, // llama.cpp
	"meta_info.prompt_tokens": nPrompt, "meta_info.cached_tokens": nCached, "meta_info.completion_tokens": nCompletion, // SGLang
	"usageMetadata.promptTokenCount": nPrompt, "usageMetadata.cachedContentTokenCount": nCached, // Gemini
	"usageMetadata.candidatesTokenCount": nCandidates, "usageMetadata.thoughtsTokenCount": nThoughts,
}, under("usage", usagePaths), under("response.usage", usagePaths), under("x_groq.usage", usagePaths),
	under("meta", tokenPaths), under("delta.usage", tokenPaths), under("usage", tokenPaths), under("message.usage", startPaths)))

// usagePaths are in objects named usage.
var usagePaths = map[string]field{
	"prompt_tokens": nPrompt, "completion_tokens": nCompletion, "total_tokens": nOverall,
	"prompt_tokens_details.cached_tokens": nCached, "prompt_cache_hit_tokens": nCached, "cached_tokens": nCached,
	"completion_tokens_details.reasoning_tokens": nReasoning, "reasoning_tokens": nReasoning,
	"input_tokens": nInput, "output_tokens": nCompletion, "cache_read_input_tokens": nCacheRead, "cache_creation_input_tokens": nCacheWrite,
	"input_tokens_details.cached_tokens": nCached, "input_token_details.cached_tokens": nCached,
	"output_tokens_details.reasoning_tokens": nReasoning,
}

// tokenPaths are Cohere's.
var tokenPaths = map[string]field{"tokens.input_tokens": nPrompt, "tokens.output_tokens": nCompletion}

// startPaths are in the usage of an Anthropic message that begins; what it says of the answer is no count yet.
var startPaths = map[string]field{"input_tokens": nInput, "cache_read_input_tokens": nCacheRead, "cache_creation_input_tokens": nCacheWrite}

// requestPaths are where requests say something.
var requestPaths = trie(map[string]field{"model": ofModel, "stream": ofStream, "stream_options.include_usage": ofWantsUsage})

func under(prefix string, paths map[string]field) map[string]field {
	out := make(map[string]field, len(paths))
	for path, f := range paths {
		out[prefix+"."+path] = f
	}
	return out
}

func merge(into map[string]field, others ...map[string]field) map[string]field {
	for _, paths := range others {
		for path, f := range paths {
			into[path] = f
		}
	}
	return into
}

// node is a place in a document, reached by keys and array elements.
type node struct {
	field    field
	children map[string]*node
	element  *node // of an array here; nil: nothing of interest
}

// trie makes a tree of paths.
func trie(paths map[string]field) *node {
	root := newNode()
	for path, f := range paths {
		n := root
		for key := range strings.SplitSeq(path, ".") {
			name, isArray := strings.CutSuffix(key, "[]")
			n = n.child(name)
			if isArray {
				if n.element == nil {
					n.element = newNode()
				}
				n = n.element
			}
		}
		n.field = f
	}
	return root
}

func newNode() *node { return &node{field: ofNothing, children: map[string]*node{}} }

func (n *node) child(name string) *node {
	if n.children[name] == nil {
		n.children[name] = newNode()
	}
	return n.children[name]
}
