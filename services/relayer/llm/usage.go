package llm

import "time"

// Usage is what one answer says about itself. Its texts are valid UTF-8 of at most 128 bytes.
type Usage struct {
	Model        string // as the answer names it; empty: it names none
	Streamed     bool   // the answer is SSE or NDJSON
	FinishReason string // as the server says it; empty: none
	Known        bool   // false: the counts are unknown, and 0

	Prompt     uint64 // tokens of the prompt, those from a cache included
	Completion uint64 // tokens of the answer
	Cached     uint64 // part of Prompt that came from a cache
	Reasoning  uint64 // tokens of thinking; part of Completion where the server counts them so

	// FirstToken is when the first document with content of a streamed answer was complete. Zero: unknown.
	FirstToken time.Time
}

// Read is for an answer that is at hand as a whole. The request's model stands in for the answer's.
func Read(contentType string, request, answer []byte) Usage {
	asked := ReadRequest(request)
	if frameOf(contentType) == whole {
		var t total
		if d, ok := readDocument(answerPaths, answer); ok {
			t.add(d)
		}
		return t.usage().For(asked)
	}
	r := NewReader(contentType, nil)
	_, _ = r.Write(answer)
	return r.Result().For(asked)
}

// For adds what only the request says.
func (u Usage) For(r Request) Usage {
	u.Model = or(u.Model, r.Model)
	return u
}

// Request is what a request body says about the answer that it wants.
type Request struct {
	Model      string // empty: none named, so it is no request to a model server
	Stream     bool
	WantsUsage bool // stream_options.include_usage: without it many servers stream no usage
}

// ReadRequest reads a JSON request body. One that is not JSON says nothing.
func ReadRequest(body []byte) Request {
	d, ok := readDocument(requestPaths, body)
	if !ok {
		return Request{}
	}
	return Request{Model: d.model, Stream: d.stream, WantsUsage: d.wantsUsage}
}

// total is what the documents of one answer said together: counts are cumulative, of texts the last one counts.
type total struct {
	counts  [countFields]uint64
	said    uint32 // bit f: counts[f] was said
	model   string
	finish  string
	content bool
}

func (t *total) add(d document) {
	t.model, t.finish, t.content = or(d.model, t.model), or(d.finishReason(), t.finish), t.content || d.content
	if d.bad {
		return
	}
	t.said |= d.said
	for f, n := range d.counts {
		t.counts[f] = max(t.counts[f], n)
	}
}

// usage brings the shapes together. An answer with generated text is known by both counts, one without (embeddings,
// scores) by its prompt.
func (t *total) usage() Usage {
	u := Usage{Model: t.model, FinishReason: t.finish}
	n, generated := &t.counts, t.content || t.finish != ""
	completion := t.has(nCompletion) || t.has(nCandidates) || t.has(nTimedCompletion)
	prompt := t.has(nPrompt) || t.has(nInput) || t.has(nTimedPrompt)
	if !prompt && !completion && t.has(nOverall) {
		prompt, n[nPrompt] = true, n[nOverall]
	}
	if !prompt || generated && !completion {
		return u
	}
	u.Known = true
	u.Prompt = max(n[nPrompt], n[nInput]+n[nCacheRead]+n[nCacheWrite], n[nTimedPrompt]+n[nTimedCached])
	u.Completion = max(n[nCompletion], n[nCandidates]+n[nThoughts], n[nTimedCompletion])
	u.Cached = max(n[nCached], n[nCacheRead], n[nTimedCached])
	u.Reasoning = max(n[nReasoning], n[nThoughts])
	return u
}

func (t *total) has(f field) bool { return t.said&(1<<f) != 0 }
