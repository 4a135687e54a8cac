package demollm

// Names that every answer carries.
const (
	// ModelName is the only model there is.
	ModelName = "demo-ngram"
	// Fingerprint is every answer's system_fingerprint.
	Fingerprint = "demo-ngram-not-an-llm"
	// Card is the model's description in /v1/models.
	Card = "A demonstration: a word-piece trigram over a page of text. Not a language model; its answers mean nothing."
)

// reply is a whole answer, or with Delta or streamed text one chunk of it.
type reply struct {
	ID          string   `json:"id"`
	Object      string   `json:"object"`
	Created     int64    `json:"created"` // Unix seconds
	Model       string   `json:"model"`
	Fingerprint string   `json:"system_fingerprint"`
	Choices     []choice `json:"choices"` // one, or none in the chunk that holds usage
	Usage       *usage   `json:"usage,omitempty"`
}

// choice has Message in a chat answer, Delta in a chat chunk, Text elsewhere.
type choice struct {
	Index        int      `json:"index"`
	Message      *message `json:"message,omitempty"`
	Delta        *delta   `json:"delta,omitempty"`
	Text         *string  `json:"text,omitempty"`
	FinishReason *string  `json:"finish_reason"` // null until the end
}

type message struct {
	Role    string  `json:"role"`
	Content string  `json:"content"`
	Refusal *string `json:"refusal"` // always null
}

type delta struct {
	Role    string `json:"role,omitempty"`
	Content string `json:"content,omitempty"`
}

// whole is the complete answer.
func (r reply) whole(chat bool, text, finish string, used usage) reply {
	c := choice{Text: &text, FinishReason: &finish}
	if chat {
		c.Text, c.Message = nil, &message{Role: "assistant", Content: text}
	}
	r.Choices, r.Usage = []choice{c}, &used
	return r
}

// chunk is a streamed part; finish nil until the last.
func (r reply) chunk(chat bool, d delta, finish *string) reply {
	c := choice{Text: &d.Content, FinishReason: finish}
	if chat {
		c.Text, c.Delta = nil, &d
	}
	r.Choices = []choice{c}
	return r
}

// total is the streamed part that holds usage alone.
func (r reply) total(used usage) reply {
	r.Choices, r.Usage = []choice{}, &used
	return r
}
