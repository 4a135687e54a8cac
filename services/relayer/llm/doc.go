// Package llm reads from model servers' answers what they cost: model, tokens, finish reason, first token.
//
// A [Reader] is fed with the bytes of an answer as they pass and keeps none of them. It knows how the answer is cut
// into JSON documents (frame.go: one, one a line, or server-sent events), walks each with a JSON scanner that holds
// only the path it is on (scan.go), and picks the values at known paths (paths.go). Its memory is constant, whatever
// the length of a line and however the bytes are cut: any cut of the same bytes gives the same result.
//
// Counts are cumulative wherever a server repeats them, so the highest of each is the truth. A document that is not
// JSON, or says a count that is none, counts for nothing. Usage that is missing is unknown, never zero.
//
// Shapes it knows: OpenAI chat completions, completions, responses, embeddings, transcriptions; Anthropic messages;
// vLLM (continuous usage, rerank), llama.cpp (usage, timings, native), Ollama (native), SGLang (native), Groq (x_groq),
// Cohere, Gemini. The cached part of an Anthropic prompt is in its prompt count, as it is with all others.
//
// Nothing here is checked or paid: a model server can say what it likes. The relay's hash does not depend on it.
package llm
