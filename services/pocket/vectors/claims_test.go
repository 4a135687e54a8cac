package vectors

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The cases of these files are counted, list by list.
func TestEveryClaimCaseIsCounted(t *testing.T) {
	for name, c := range map[string]struct {
		run   func(string) (Result, error)
		extra int
		lists []string
	}{
		"difficulty.json":        {RunDifficulty, 1, []string{"ema_updates", "target_updates", "series", "applicability", "multipliers"}},
		"session_id.json":        {RunSessionID, 0, []string{"session_ids", "supplier_selection", "windows"}},
		"claim_proof_tx.json":    {RunClaimProofTx, 1, []string{"messages", "transactions"}},
		"proof_requirement.json": {RunProofRequirement, 0, []string{"claims", "seeded_floats", "threshold"}},
		"settlement.json": {RunSettlement, 0, []string{"claim_amounts", "float_to_ratio", "global_inflation",
			"max_settlement_for_stake", "claim_limits"}},
		"on_chain.json": {RunOnChain, 5, []string{"leaves", "transactions"}},
	} {
		want := c.extra
		for _, list := range c.lists {
			want += len(document(t, name)[list].([]any))
		}
		res, err := c.run("")
		require.NoError(t, err)
		require.Equal(t, want, res.Cases, name)
	}
}

func TestSMSTCasesAreCounted(t *testing.T) {
	doc := document(t, "smst.json")
	want := len(doc["mutated_proofs"].([]any))
	for _, set := range doc["sets"].([]any) {
		want += 1 + len(set.(map[string]any)["proofs"].([]any))
	}
	res, err := RunSMST("")
	require.NoError(t, err)
	require.Equal(t, want, res.Cases)
}

func TestSMSTFieldsCount(t *testing.T) {
	doc := document(t, "smst.json")
	keep(t, doc, "sets", 2, 7)
	keep(t, doc, "mutated_proofs", 0, 1, 9)
	for _, set := range doc["sets"].([]any) {
		set := set.(map[string]any)
		keep(t, set, "proofs", 0)
	}
	// A proof that was refused is refused when altered more, and why is not
	// for us to say.
	requireEveryFieldCounts(t, "smst.json", doc, RunSMST, append(labels, "verify_error", "decompact_error",
		".mutated_proofs[1].proof", ".mutated_proofs[1].root", ".mutated_proofs[2].proof", ".mutated_proofs[2].root",
		".mutated_proofs[2].verifies")...)
}

// A missing verdict is a refusal where the reference panicked, and nowhere else.
func TestMutatedProofWithoutVerdict(t *testing.T) {
	doc := document(t, "smst.json")
	doc["sets"] = []any{}
	keep(t, doc, "mutated_proofs", 0, 9)
	accepted, refused := doc["mutated_proofs"].([]any)[0].(map[string]any), doc["mutated_proofs"].([]any)[1].(map[string]any)
	delete(refused, "verifies")
	requireFailed(t, "smst.json", doc, RunSMST, 0)
	accepted["verifies"], accepted["reference_panics"] = nil, "boom"
	requireFailed(t, "smst.json", doc, RunSMST, 1)
	delete(accepted, "reference_panics")
	requireFailed(t, "smst.json", doc, RunSMST, 1)
}

func TestDifficultyFieldsCount(t *testing.T) {
	doc := document(t, "difficulty.json")
	keep(t, doc, "ema_updates", 60, 200)
	keep(t, doc, "target_updates", 100)
	keep(t, doc, "series", 9)
	keep(t, doc, "applicability")
	keep(t, doc, "multipliers", 0, 9)
	requireEveryFieldCounts(t, "difficulty.json", doc, RunDifficulty, append(labels, "step",
		// one more relay does not move an average that is cut to an integer
		".ema_updates[0].prev_ema", ".ema_updates[0].num_relays", ".ema_updates[1].prev_ema", ".ema_updates[1].num_relays",
		".series[0].num_relays", ".series[0].prev_ema_used")...)
}

func TestApplicabilityCounts(t *testing.T) {
	doc := document(t, "difficulty.json")
	for _, list := range []string{"ema_updates", "target_updates", "series", "multipliers"} {
		keep(t, doc, list)
	}
	cases := doc["applicability"].([]any)
	for _, v := range cases {
		v := v.(map[string]any)
		v["applicable"] = !v["applicable"].(bool)
	}
	requireFailed(t, "difficulty.json", doc, RunDifficulty, len(cases))
}

func TestSessionFieldsCount(t *testing.T) {
	doc := document(t, "session_id.json")
	keep(t, doc, "session_ids", 1)
	keep(t, doc, "supplier_selection", 0)
	keep(t, doc, "windows", 2, 43)
	requireEveryFieldCounts(t, "session_id.json", doc, RunSessionID, append(labels,
		// parameters that a session's place does not depend on
		".session_ids[0].shared_params")...)
}

func TestTxFieldsCount(t *testing.T) {
	doc := document(t, "claim_proof_tx.json")
	requireEveryFieldCounts(t, "claim_proof_tx.json", doc, RunClaimProofTx, append(labels, "timeout_timestamp_rfc3339")...)
}

func TestRequirementFieldsCount(t *testing.T) {
	doc := document(t, "proof_requirement.json")
	keep(t, doc, "claims", 0, 1)
	keep(t, doc, "seeded_floats", 0, 20)
	keep(t, doc, "threshold", 0, 1)
	requireEveryFieldCounts(t, "proof_requirement.json", doc, RunProofRequirement, append(labels,
		// a text of more digits than a float64 has; its bits are compared too
		"sample_value", "required_by_chance_at_probability", "claimed_upokt", "proof_requirement_threshold")...)
}

func TestSettlementFieldsCount(t *testing.T) {
	doc := document(t, "settlement.json")
	delete(doc, "token_logic")
	delete(doc, "validator_rewards")
	keep(t, doc, "claim_amounts", 75)
	keep(t, doc, "float_to_ratio", 1, 5)
	keep(t, doc, "global_inflation", 1)
	keep(t, doc, "max_settlement_for_stake", 1)
	keep(t, doc, "claim_limits", 165, 166)
	requireEveryFieldCounts(t, "settlement.json", doc, RunSettlement, append(labels,
		// in the first case the unused budget is the limit (and a unit of excess
		// is lost in the rounding), in the second the multiplier
		".claim_limits[0].total_excess", ".claim_limits[0].overservicing_bonus_multiplier", ".claim_limits[1].unused", ".claim_limits[1].total_excess",
		// the last bit of 256 is lost in the rounding
		".claim_amounts[0].target_hash")...)
}

// Whether chance requires a proof is compared at every probability of a case.
func TestChanceCounts(t *testing.T) {
	doc := document(t, "proof_requirement.json")
	keep(t, doc, "claims", 0)
	keep(t, doc, "seeded_floats")
	keep(t, doc, "threshold")
	required := doc["claims"].([]any)[0].(map[string]any)["required_by_chance_at_probability"].(map[string]any)
	require.NotEmpty(t, required)
	for probability, want := range required {
		required[probability] = !want.(bool)
		requireFailed(t, "proof_requirement.json", doc, RunProofRequirement, 1)
		required[probability] = want
	}
}
