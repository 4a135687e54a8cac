package relayer

import (
	"net/http"
	"time"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/relayer/llm"
)

// tell puts what an answer says of itself into the relay's event. sent is when its request left. Nothing of it is
// signed or hashed.
func tell(served *relayv1.Served, u llm.Usage, sent time.Time) {
	served.Model, served.Streamed, served.FinishReason = u.Model, u.Streamed, u.FinishReason
	served.UsageKnown, served.PromptTokens, served.CompletionTokens = u.Known, u.Prompt, u.Completion
	served.CachedPromptTokens, served.ReasoningTokens = u.Cached, u.Reasoning
	if first := u.FirstToken.Sub(sent); !u.FirstToken.IsZero() && first > 0 {
		served.FirstTokenNanos = uint64(first)
	}
}

// told counts what was told of a relay that is in the log. Where a relay names a model and its usage cannot be read,
// the usage is missing: other services than model servers have none to miss.
func (m *metrics) told(service string, r *relayv1.Served) {
	if r.FirstTokenNanos > 0 {
		m.firstToken.WithLabelValues(service).Observe(time.Duration(r.FirstTokenNanos).Seconds())
	}
	if !r.UsageKnown {
		if r.Model != "" && r.StatusCode < http.StatusBadRequest {
			m.usageMissing.WithLabelValues(service).Inc()
		}
		return
	}
	for kind, n := range map[string]uint64{
		"input": r.PromptTokens, "output": r.CompletionTokens, "input_cached": r.CachedPromptTokens, "output_reasoning": r.ReasoningTokens,
	} {
		m.tokens.WithLabelValues(service, kind).Add(float64(n))
	}
	if r.CompletionTokens > 0 && r.BackendNanos > 0 {
		m.tokenRate.WithLabelValues(service).Observe(float64(r.CompletionTokens) / time.Duration(r.BackendNanos).Seconds())
	}
}
