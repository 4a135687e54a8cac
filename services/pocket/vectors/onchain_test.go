package vectors

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Every field of a settled session that concerns a supplier counts.
func TestOnChainFieldsCount(t *testing.T) {
	doc := document(t, "on_chain.json")
	leaf := doc["leaves"].([]any)[3].(map[string]any)
	proof := doc["transactions"].([]any)[1].(map[string]any)
	for _, alter := range []struct {
		in  map[string]any
		key string
	}{
		{doc, "root"}, {doc, "claim_message"}, {doc, "proof"}, {doc, "proof_message"}, {doc, "proof_path"},
		{doc, "chain_id"}, {doc, "claim_window_open_height"}, {doc, "proof_window_open_height"}, {doc, "proof_seed_block_height"},
		{leaf, "key"}, {leaf, "value"}, {leaf, "weight"},
		{proof, "tx_bytes"}, {proof, "tx_hash"}, {proof, "account_number"}, {proof, "sequence"}, {proof, "unordered"}, {proof, "message_type"},
		{doc["block_hashes"].(map[string]any), "1201"}, {doc["block_hashes"].(map[string]any), "1215"},
		{doc["session_header"].(map[string]any), "session_id"}, {doc["session_header"].(map[string]any), "session_end_block_height"},
		{doc["supplier"].(map[string]any), "private_key"}, {doc["gateway"].(map[string]any), "public_key"},
		{doc["application"].(map[string]any), "address"},
	} {
		before := alter.in[alter.key]
		alter.in[alter.key] = altered(before)
		require.Positive(t, failures(t, "on_chain.json", doc, RunOnChain), "altered %s unnoticed", alter.key)
		alter.in[alter.key] = before
	}
	requireFailed(t, "on_chain.json", doc, RunOnChain, 0)
}

// So do the amounts in the events of its settlement.
func TestSettledAmountsCount(t *testing.T) {
	doc := document(t, "on_chain.json")
	counted := 0
	for _, b := range doc["blocks"].([]any) {
		events, _ := b.(map[string]any)["finalize_block_events"].([]any)
		for _, e := range events {
			e := e.(map[string]any)
			switch e["type"] {
			case "pocket.tokenomics.EventClaimSettled", "pocket.service.EventRelayMiningDifficultyUpdated":
				counted += alterAttributes(t, doc, e)
			}
		}
	}
	require.Equal(t, 6+4, counted)
}

func alterAttributes(t *testing.T, doc, event map[string]any) (counted int) {
	for _, a := range event["attributes"].([]any) {
		a := a.(map[string]any)
		before := a["value"]
		a["value"] = "7"
		counted += failures(t, "on_chain.json", doc, RunOnChain)
		a["value"] = before
	}
	return counted
}
