package relayer

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/relayer/llm"
)

func TestTell(t *testing.T) {
	sent := time.Unix(100, 0)
	u := llm.Usage{Model: "m", Streamed: true, FinishReason: "stop", Known: true, Prompt: 7, Completion: 11, Cached: 3, Reasoning: 5,
		FirstToken: sent.Add(time.Second)}
	var served relayv1.Served
	tell(&served, u, sent)
	want := &relayv1.Served{Model: "m", Streamed: true, FinishReason: "stop", UsageKnown: true, PromptTokens: 7, CompletionTokens: 11,
		CachedPromptTokens: 3, ReasoningTokens: 5, FirstTokenNanos: 1e9}
	require.True(t, proto.Equal(want, &served), "%v", &served)

	for _, first := range []time.Time{{}, sent.Add(-time.Second)} { // unknown; a clock that went back
		served, u.FirstToken = relayv1.Served{}, first
		tell(&served, u, sent)
		require.Zero(t, served.FirstTokenNanos)
	}
}

func TestTold(t *testing.T) {
	m := newMetrics(prometheus.NewRegistry(), nil, nil)
	for _, r := range []*relayv1.Served{
		{Model: "m", UsageKnown: true, PromptTokens: 7, CompletionTokens: 11, CachedPromptTokens: 3, ReasoningTokens: 5, BackendNanos: 1e9, FirstTokenNanos: 1e8, StatusCode: 200},
		{UsageKnown: true, PromptTokens: 7, StatusCode: 200},
		{Model: "m", StatusCode: 200},
		{Model: "m", StatusCode: 404}, // an error has no usage
		{StatusCode: 200},             // JSON-RPC has no usage
	} {
		m.told("llm", r)
	}
	for kind, want := range map[string]float64{"input": 14, "output": 11, "input_cached": 3, "output_reasoning": 5} {
		require.InDelta(t, want, testutil.ToFloat64(m.tokens.WithLabelValues("llm", kind)), 0, kind)
	}
	require.InDelta(t, 1, testutil.ToFloat64(m.usageMissing.WithLabelValues("llm")), 0)
	require.Equal(t, 1, testutil.CollectAndCount(m.firstToken))
	require.Equal(t, 1, testutil.CollectAndCount(m.tokenRate))
}

// A model server that says no usage is noticed, and its tokens are not counted as none.
func TestUsageMissing(t *testing.T) {
	b := newBench(t)
	b.answerWith(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"object":"chat.completion","model":"m-2","choices":[{"finish_reason":"stop"}]}`)
	})
	req := b.Chat(`{"model":"m"}`)
	b.served(req, b.send(req))
	got := b.groups()[0].Relays[0]
	require.Equal(t, []any{"m-2", "stop", false, uint64(0)}, []any{got.Model, got.FinishReason, got.UsageKnown, got.PromptTokens})
	require.InDelta(t, 1, testutil.ToFloat64(b.metrics.usageMissing.WithLabelValues(factstest.Service)), 0)
}
