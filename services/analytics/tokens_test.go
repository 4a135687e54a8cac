package analytics_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// TestTokensByModel: what answers say of themselves is summed by model, and what they do not say is null, not zero.
func TestTokensByModel(t *testing.T) {
	w := newWorld(t)
	s := w.session("tokens", 20)
	group := &relayv1.ServedGroup{Relayer: "r", Terms: []*relayv1.Terms{s.terms}}
	for i := range uint64(4) {
		group.Relays = append(group.Relays, &relayv1.Served{
			Number: i + 1, Relay: s.relay(int(i), true), ServedUnixNano: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC).UnixNano(),
			StatusCode: 200, BackendNanos: 5e8, Model: "large", Streamed: true, FinishReason: "stop", FirstTokenNanos: (i + 1) * 1e7,
			UsageKnown: true, PromptTokens: 7, CompletionTokens: 11, CachedPromptTokens: 3, ReasoningTokens: 5,
			TraceId: []byte("0123456789abcdef"),
		})
	}
	cut, silent := group.Relays[2], group.Relays[3]
	cut.Truncated, cut.FinishReason = relayv1.Truncated_TRUNCATED_CLIENT, ""
	*silent = relayv1.Served{Number: 4, Relay: silent.Relay, ServedUnixNano: silent.ServedUnixNano, StatusCode: 200, BackendNanos: 5e8, Model: "small"}
	w.say(bus.RelayServedSubject("7", "20"), group)

	w.rolled()
	rows := w.list("/v1/relays?group_by=model").Rows
	require.Len(t, rows, 2)
	for key, want := range map[string]any{
		"model": "large", "relays": 3.0, "prompt_tokens": 21.0, "completion_tokens": 33.0, "cached_prompt_tokens": 9.0, "reasoning_tokens": 15.0,
		"usage_unknown": 0.0, "streamed": 3.0, "cut": 1.0, "completion_tokens_per_second": 22.0,
	} {
		require.Equal(t, want, rows[0][key], key)
	}
	require.InEpsilon(t, 20, rows[0]["first_token_ms_p50"], 0.006)
	require.InDelta(t, 25, rows[0]["first_token_ms_p99"], 5.2, "of three values the second or the third")
	for key, want := range map[string]any{
		"model": "small", "relays": 1.0, "usage_unknown": 1.0, "streamed": 0.0, "completion_tokens_per_second": nil, "first_token_ms_p50": nil, "first_token_ms_p99": nil,
	} {
		require.Equal(t, want, rows[1][key], key)
	}
	require.Equal(t, "client", w.list("/v1/relays?group_by=truncated").Rows[1]["truncated"])
	require.Equal(t, "stop", w.list("/v1/relays?group_by=finish_reason").Rows[1]["finish_reason"])
}
