package demollm

import (
	"hash/fnv"
	"math/rand/v2"
	"strings"
)

// Why an answer ended, in OpenAI's words.
const (
	finishStop   = "stop"   // the text came to its end or to a stop sequence
	finishLength = "length" // max_tokens
)

// usage counts tokens: word pieces of this package, not of any tokenizer
// elsewhere.
type usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	TotalTokens      int `json:"total_tokens"`
}

// generate says pieces of the answer until it ends or say returns false, and
// tells why it ended and what it cost. Text that may turn out to be the start
// of a stop sequence is held back until that is known, so what was said never
// has to be taken back.
func generate(m *ngram, a ask, say func(text string) bool) (finish string, used usage) {
	random := newRandom(a)
	context := startContext(a)
	used.PromptTokens = len(pieces(a.Prompt))
	defer func() { used.TotalTokens = used.PromptTokens + used.CompletionTokens }()
	held := ""
	for finish = finishLength; used.CompletionTokens < a.MaxTokens; {
		p := m.next(context, a.Temperature, random)
		if p == endMark {
			finish = finishStop
			break
		}
		context = contextPair{context[1], p}
		used.CompletionTokens++
		text, rest, stopped := splitAtStop(held+p, a.Stops)
		if text != "" && !say(text) {
			return finish, used // nobody listens
		}
		if held = rest; stopped {
			finish, held = finishStop, ""
			break
		}
	}
	if held != "" {
		say(held)
	}
	return finish, used
}

// newRandom depends on the seed and the prompt alone.
func newRandom(a ask) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(a.Prompt)) // never fails
	seed := int64(0)
	if a.Seed != nil {
		seed = *a.Seed
	}
	return rand.New(rand.NewPCG(h.Sum64(), uint64(seed)))
}

// startContext goes on from the end of a completion's prompt; a chat answer
// starts a paragraph.
func startContext(a ask) contextPair {
	context := contextPair{startMark, startMark}
	if a.Chat {
		return context
	}
	for _, p := range pieces(a.Prompt) {
		context = contextPair{context[1], p}
	}
	return context
}

// splitAtStop parts text into what may be said and what must wait, since it
// could be the start of a stop sequence. At a whole stop sequence it says
// stopped, and the rest is gone.
func splitAtStop(text string, stops []string) (say, wait string, stopped bool) {
	if at := firstStop(text, stops); at >= 0 {
		return text[:at], "", true
	}
	waiting := 0
	for _, s := range stops {
		for n := min(len(s)-1, len(text)); n > waiting; n-- {
			if strings.HasSuffix(text, s[:n]) {
				waiting = n
			}
		}
	}
	return text[:len(text)-waiting], text[len(text)-waiting:], false
}

// firstStop is where the stop sequence that is complete first begins, or -1; of
// two complete at once, the longer.
func firstStop(text string, stops []string) int {
	start, end := -1, len(text)+1
	for _, s := range stops {
		i := strings.Index(text, s)
		if i >= 0 && (i+len(s) < end || (i+len(s) == end && i < start)) {
			start, end = i, i+len(s)
		}
	}
	return start
}
