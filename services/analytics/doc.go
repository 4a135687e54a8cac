// Package analytics stores what the bus says in ClickHouse and answers what operators ask, to the unit.
//
//	RELAYS    ─ on_relay_served ───► row_relay ───────────────────────────► relays
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
//	relays    ─ rollup ───────────────────────────────────────────────────► relay_minutes, relay_hours
//
// A message is turned into rows by a pure function, the rows of a batch are inserted, and the messages are
// acknowledged after ClickHouse acknowledged the rows. Every table replaces rows with equal keys and every query says
// FINAL, so a message that is consumed twice changes no answer. A message that cannot be understood goes to DEAD.
//
// # API
//
// Read-only JSON over HTTP. Amounts are whole upokt as decimal strings, relays and compute units are numbers, times
// are RFC 3339. Lists take limit (1 to 500, default 100) and offset and answer {"rows": […], "next_offset": n}, where
// next_offset is there when there may be more. from and to bound times: a date, RFC 3339, or seconds since 1970;
// from is included, to is not. supplier can be given several times: only those. Errors are {"error": "…"}.
//
//	GET /v1/earnings?by=supplier|service|application|session|day|recipient&from=&to=&supplier=
//	    settled claims, grouped: key claims relays compute_units claimed_upokt settled_upokt minted_upokt
//	    overservicing_loss_upokt deflation_loss_upokt earned_upokt paid_upokt. earned is the suppliers' side (reasons
//	    4 and 7), paid all shares. by=recipient: key shares earned_upokt paid_upokt.
//	GET /v1/relays?by=supplier|service|application|session|day|status|relayer|model|finish_reason|truncated&from=&to=&supplier=
//	    answered relays, grouped: key relays mined failed compute_units prompt_tokens completion_tokens usage_unknown
//	    request_bytes response_bytes backend_ms_mean cached_prompt_tokens reasoning_tokens streamed truncated
//	    completion_tokens_per_second first_token_ms_p50 first_token_ms_p99. failed: the backend answered 400 or more.
//	    Tokens are summed over relays whose usage is known; usage_unknown counts the others. The last three are null
//	    when no relay of the group says them, and the two quantiles are estimates where there are thousands.
//	GET /v1/ledger?session=&supplier=&from_height=&to_height=
//	    the ledger, one line for each session and supplier: see package ledger. from_height and to_height bound the
//	    session's last block; one supplier.
//	GET /v1/sessions/{id}
//	    one session: {"session_id", "height", "lines": ledger lines, "events": what the chain said, in order}.
//	GET /v1/claims?supplier=&open=true
//	    our claims, newest state: the columns of table obligations; open=true: only those without an outcome.
//	GET /v1/blocks/last
//	    the last block in the store: height hash time chain_id tx_count event_count.
package analytics
