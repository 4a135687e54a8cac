package api

import "strings"

// Groups and filters of what is about claims.
var (
	claimGroups = []Group{
		{"supplier", Text, "supplier", "operator address"},
		{"application", Text, "application", "application address"},
		{"service", Text, "service", "service id"},
		{"session", Text, "session_id", "session id"},
	}
	timeGroups = []Group{
		{"height", Integer, "height", "block height"},
		{"hour", Time, "toStartOfHour(time)", "start of the hour, UTC"},
		{"day", Day, "toDate(time, 'UTC')", "day, UTC"},
		{"week", Day, "toMonday(toDate(time, 'UTC'))", "Monday of the week, UTC"},
		{"month", Day, "toStartOfMonth(toDate(time, 'UTC'))", "first day of the month, UTC"},
	}
	claimFilters = []Filter{
		{"supplier", "", "operator addresses"},
		{"application", "", "application addresses"},
		{"service", "", "service ids"},
		{"session", "session_id", "session ids"},
	}
	ownerGroup  = Group{"owner", Text, "owner", "owner address of the supplier at settlement"}
	ownerFilter = Filter{"owner", "", "owner addresses of the suppliers at settlement"}
)

func with[T any](lists ...[]T) (all []T) {
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// Earnings: each settlement once, with its own payments and its tokens beside it.
const sqlEarnings = `
SELECT $GROUPS count() AS claims, sum(s.num_relays) AS relays, sum(s.estimated_relays) AS estimated_relays,
    sum(s.compute_units) AS compute_units, sum(s.estimated_compute_units) AS estimated_compute_units,
    toDecimal128(sum(s.claimed_upokt), 0) AS claimed_upokt, toDecimal128(sum(s.settled_upokt), 0) AS settled_upokt,
    toDecimal128(sum(s.minted_upokt), 0) AS minted_upokt, toDecimal128(sum(s.overservicing_loss_upokt), 0) AS overservicing_loss_upokt,
    toDecimal128(sum(s.deflation_loss_upokt), 0) AS deflation_loss_upokt,
    toDecimal128(sum(s.earned_upokt), 0) AS earned_upokt, toDecimal128(sum(s.paid_upokt), 0) AS paid_upokt, sum(t.tokens) AS tokens,
    if(relays = 0, NULL, toFloat64(sum(s.earned_upokt)) / relays) AS earned_per_relay,
    if(compute_units = 0, NULL, toFloat64(sum(s.earned_upokt)) / compute_units) AS earned_per_compute_unit,
    if(tokens = 0, NULL, toFloat64(sumIf(s.earned_upokt, t.tokens > 0)) / tokens * 1000) AS earned_per_1000_tokens
FROM (SELECT * FROM settlements FINAL WHERE $WHERE) AS s
LEFT JOIN
(
    SELECT supplier, application, service, end_height AS session_end_height, sum(prompt_tokens) + sum(completion_tokens) AS tokens
    FROM relay_hours FINAL WHERE end_height IN (SELECT session_end_height FROM settlements WHERE $WHERE) AND $SAME
    GROUP BY supplier, application, service, session_end_height
) AS t USING (supplier, application, service, session_end_height)
GROUP BY $BY`

// Rewards: every payment of settlements. Those to validators are of the settlement as a whole, so no claim, and with it no
// supplier, is named there.
const sqlRewards = `
SELECT $GROUPS count() AS payments, toDecimal128(sum(r.upokt), 0) AS upokt
FROM
(
    SELECT time, height, supplier, application, service, session_id, recipient, op_reason, op_reason_name, upokt FROM reward_shares FINAL
    WHERE $RANGE
    UNION ALL
    SELECT time, height, '', '', '', '', recipient, op_reason, op_reason_name, upokt FROM settlement_batches FINAL
    WHERE $RANGE AND op_type = 'mod_to_acct' AND op_reason IN (20, 21, 23, 24)
) AS r
WHERE $FILTER
GROUP BY $BY`

// sqlFeeOf is what each claim and proof in a transaction cost: an equal share of the gas fee, the first ones an upokt more
// where it does not divide, and the fee for submitting a proof.
const sqlFeeOf = `
SELECT m.supplier AS supplier, m.application AS application, m.service AS service, m.session_id AS session_id,
    m.session_end_height AS session_end_height, m.height AS height, m.time AS time, m.kind AS kind, m.code AS code,
    intDiv(f.upokt, m.of) + toUInt8(toUInt128(m.nth - 1) < f.upokt % m.of) AS gas_upokt, toUInt128(p.spent) AS proof_upokt
FROM
(
    SELECT *, row_number() OVER (PARTITION BY height, tx_index ORDER BY msg_index, inner) AS nth
    FROM claim_messages FINAL WHERE $RANGE
) AS m
LEFT JOIN (SELECT height, tx_index, upokt FROM fees FINAL WHERE $RANGE) AS f USING (height, tx_index)
LEFT JOIN
(
    SELECT account AS supplier, height, tx_index, toUInt32(msg_index) AS msg_index, toUInt32(0) AS inner,
        CAST('proof', 'Enum8(\'claim\' = 1, \'proof\' = 2)') AS kind, sum(-upokt) AS spent
    FROM balance_changes FINAL WHERE $RANGE AND section = 'tx' AND msg_index >= 0 AND upokt < 0
    GROUP BY supplier, height, tx_index, msg_index
) AS p USING (supplier, height, tx_index, msg_index, inner, kind)`

const sqlFees = `
SELECT $GROUPS count() AS messages, countIf(c.code != 0) AS failed, toDecimal128(sum(c.gas_upokt), 0) AS gas_upokt,
    toDecimal128(sum(c.proof_upokt), 0) AS proof_upokt, toDecimal128(sum(c.gas_upokt) + sum(c.proof_upokt), 0) AS fee_upokt
FROM (` + sqlFeeOf + `) AS c
WHERE $FILTER
GROUP BY $BY`

// Claims: what became of each, what it brought and what it cost. Range and filters are of the claim's own height; $ENDS, the
// session ends of the claims that they choose, cuts the other tables down before they are joined.
const sqlClaims = `
SELECT c.session_end_height AS session_end_height, c.supplier AS supplier, c.application AS application, c.service AS service,
    c.height AS height, c.time AS time, c.num_relays AS relays, c.compute_units AS compute_units,
    toDecimal128(c.claimed_upokt, 0) AS claimed_upokt,
    multiIf(s.height > 0, 'settled', f.height > 0, f.kind, 'open') AS outcome, f.reason AS reason,
    if(s.height > 0, s.height, f.height) AS outcome_height, s.proof_requirement AS proof_requirement, v.status AS proof_status,
    toDecimal128(s.settled_upokt, 0) AS settled_upokt, toDecimal128(s.earned_upokt, 0) AS earned_upokt,
    toDecimal128(d.penalty, 0) AS slashed_upokt, toDecimal128(m.fee, 0) AS fee_upokt,
    toDecimal128(toInt256(s.earned_upokt) - toInt256(d.penalty) - toInt256(m.fee), 0) AS net_upokt
FROM (SELECT * FROM claims FINAL WHERE $RANGE AND $FILTER) AS c
LEFT JOIN (SELECT * FROM settlements FINAL WHERE $ENDS) AS s USING (supplier, application, service, session_end_height)
LEFT JOIN
(
    SELECT * FROM claim_failures FINAL WHERE $ENDS AND kind IN ('expired', 'discarded')
    ORDER BY version DESC LIMIT 1 BY supplier, application, service, session_end_height
) AS f USING (supplier, application, service, session_end_height)
LEFT JOIN (SELECT * FROM proofs FINAL WHERE $ENDS) AS v USING (supplier, application, service, session_end_height)
LEFT JOIN
(
    SELECT supplier, application, service, session_end_height, sum(upokt) AS penalty FROM claim_failures FINAL WHERE $ENDS AND kind = 'slashed'
    GROUP BY supplier, application, service, session_end_height
) AS d USING (supplier, application, service, session_end_height)
LEFT JOIN
(
    SELECT supplier, application, service, session_end_height, sum(gas_upokt) + sum(proof_upokt) AS fee FROM ($FEES)
    GROUP BY supplier, application, service, session_end_height
) AS m USING (supplier, application, service, session_end_height)
WHERE {show:String} = 'all' OR ({show:String} = 'open' AND outcome = 'open') OR ({show:String} = 'losing' AND outcome != 'open' AND net_upokt < 0)
    OR ({show:String} = 'failed' AND outcome IN ('expired', 'discarded'))`

// sameClaims replaces $SAME by the request's filters that relays have columns for.
func sameClaims(sql string, q *Query) string {
	parts := []string{"true"}
	for _, name := range []string{"supplier", "application", "service"} {
		if len(q.Values[name]) > 0 {
			parts = append(parts, name+" IN {only_"+name+":Array(String)}")
		}
	}
	return replace(sql, "$SAME", strings.Join(parts, " AND "))
}

func earningsRoutes() []*Route {
	return []*Route{
		{
			Path: "/v1/earnings", Summary: "What claims earned", SQL: sqlEarnings, By: []string{"day"}, Prepare: sameClaims,
			About:  "Settled claims by the time of their settlement. earned is the suppliers' side: reasons 4 and 7. Tokens are those that answers of the same sessions named.",
			Groups: with(claimGroups, []Group{ownerGroup}, timeGroups), Filters: with(claimFilters, []Filter{ownerFilter}),
			Columns: []Column{
				{"claims", Count, false, "settled claims"}, {"relays", Count, false, "leaves of the claims"},
				{"estimated_relays", Count, false, "leaves scaled by difficulty"}, {"compute_units", Count, false, "sum of the claims"},
				{"estimated_compute_units", Count, false, "that sum scaled by difficulty"}, {"claimed_upokt", Amount, false, "before caps"},
				{"settled_upokt", Amount, false, "after caps: burnt from applications' stakes"}, {"minted_upokt", Amount, false, "minted for it, without inflation"},
				{"overservicing_loss_upokt", Amount, false, "claimed - settled"}, {"deflation_loss_upokt", Amount, false, "settled - minted"},
				{"earned_upokt", Amount, false, "paid to the suppliers' shareholders"}, {"paid_upokt", Amount, false, "paid to anybody, validators left out"},
				{"tokens", Count, false, "input and output tokens of the sessions' answers, where they are known"},
				{"earned_per_relay", Number, true, "upokt for a leaf"}, {"earned_per_compute_unit", Number, true, "upokt"},
				{"earned_per_1000_tokens", Number, true, "upokt, over claims whose tokens are known"},
			},
		},
		{
			Path: "/v1/rewards", Summary: "Who was paid", SQL: sqlRewards, By: []string{"recipient", "reason"},
			About: "Every payment of settlements, to the unit: suppliers' shareholders, source owners, DAO, applications; validators and their delegators are paid for a settlement as a whole and have no supplier here.",
			Groups: with(claimGroups, timeGroups, []Group{
				{"recipient", Text, "recipient", "address that was paid"}, {"reason", Text, "op_reason_name", "the chain's name of the reason"},
			}),
			Filters: with(claimFilters, []Filter{{"recipient", "", "addresses that were paid"}, {"reason", "op_reason_name", "the chain's names of reasons"}}),
			Columns: []Column{{"payments", Count, false, "number of payments"}, {"upokt", Amount, false, "sum"}},
		},
		{
			Path: "/v1/fees", Summary: "What claims and proofs cost", SQL: sqlFees, By: []string{"supplier"},
			About:  "Claims and proofs in blocks, those that the chain refused as well. Messages of a transaction share its gas fee equally; the first ones have an upokt more where it does not divide.",
			Groups: with(claimGroups, timeGroups, []Group{{"kind", Text, "toString(kind)", "claim or proof"}}), Filters: claimFilters,
			Columns: []Column{
				{"messages", Count, false, "claims and proofs"}, {"failed", Count, false, "of them, refused by the chain"},
				{"gas_upokt", Amount, false, "gas fees"}, {"proof_upokt", Amount, false, "fees for submitting proofs"}, {"fee_upokt", Amount, false, "both"},
			},
		},
		{
			Path: "/v1/claims", Summary: "What became of each claim, and what it brought and cost", SQL: sqlClaims, Newest: true,
			Order: []string{"session_end_height", "supplier", "application", "service"}, Filters: claimFilters[:3],
			Prepare: func(sql string, _ *Query) string {
				sql = replace(sql, "$FEES", replace(sqlFeeOf, "$RANGE", "height IN (SELECT height FROM claim_messages WHERE $ENDS)"))
				return replace(sql, "$ENDS", "session_end_height IN (SELECT session_end_height FROM claims WHERE $RANGE AND $FILTER)")
			},
			Params: []Param{{Name: "show", Kind: Text, Default: "all", Choices: []string{"all", "open", "losing", "failed"}, About: "all; open: without an outcome; losing: they cost more than they brought; failed: expired or discarded"}},
			Columns: []Column{
				{"session_end_height", Integer, false, "last block of the session"}, {"supplier", Text, false, "operator address"},
				{"application", Text, false, "application address"}, {"service", Text, false, "service id"}, {"height", Integer, false, "block of the newest claim"},
				{"time", Time, false, "its time"}, {"relays", Count, false, "leaves"}, {"compute_units", Count, false, "sum"}, {"claimed_upokt", Amount, false, "value"},
				{"outcome", Text, false, "settled, expired, discarded or open"}, {"reason", Text, false, "of an expiry or discarding, in the chain's words"},
				{"outcome_height", Integer, false, "block of the outcome; 0: none yet"}, {"proof_requirement", Text, false, "settled: NOT_REQUIRED, PROBABILISTIC or THRESHOLD"},
				{"proof_status", Text, false, "of the newest proof; empty: none was checked"}, {"settled_upokt", Amount, false, "after caps"},
				{"earned_upokt", Amount, false, "paid to the supplier's shareholders"}, {"slashed_upokt", Amount, false, "penalty"},
				{"fee_upokt", Amount, false, "gas and proof fees, failed attempts as well"}, {"net_upokt", Signed, false, "earned - slashed - fees"},
			},
		},
	}
}
