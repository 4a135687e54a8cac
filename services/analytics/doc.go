// Package analytics stores what the bus says in ClickHouse and answers what operators ask, to the unit.
//
//	RELAYS    ─ on_relay_served ───► row_relay ───────────────────────────► relays
//	REFUSALS  ─ on_relay_refused ──► row_refused ─────────────────────────► refusals
//	SESSIONS  ─ on_session_sealed ─► row_session ─────────────────────────► sessions
//	CLAIMS    ─ on_claim_changed, on_claim_ended ─► row_obligation ───────► obligations
//	CHAIN     ─ on_chain_events ───► row_event, row_tx ───────────────────► chain_events, txs
//	                              └► row_claim, row_proof, row_failure ───► claims, proofs, claim_failures, proof_submissions
//	                              └► row_settlement, row_share, row_batch ► settlements, reward_shares and what else it moves
//	                              └► row_staking, row_network ────────────► actor_states, difficulties
//	                              └► row_bank ────────────────────────────► supply_changes, balance_changes, fees
//	                              └► row_message ─────────────────────────► claim_messages, service_states, param_updates
//	CHAIN     ─ on_block_committed ► row_block ───────────────────────────► blocks
//	a node    ─ snapshot, at intervals ───────────────────────────────────► supply_seen, params_seen, actor_states, service_states
//	relays    ─ rollup ───────────────────────────────────────────────────► relay_minutes, relay_hours, session_logs
//
// A message is turned into rows by a pure function, the rows of a batch are inserted, and the messages are
// acknowledged after ClickHouse acknowledged the rows. Every table replaces rows with equal keys and every query says
// FINAL, so a message that is consumed twice changes no answer. A message that cannot be understood goes to DEAD.
//
// # API
//
// Package api has the questions and how they are served; services/docs/analytics.md lists what they answer, and GET
// /openapi.json describes them. What more than one query is needed for is here: api_ledger, api_session. GET /v1/live tells
// when asking again is worth it. Package web is the page that asks all of it, at every other address.
package analytics
