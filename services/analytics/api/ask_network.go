package api

// Network: what happened on chain, each kind of fact as rows of one shape.
const sqlNetwork = `
SELECT $GROUPS sum(x.claims) AS claims, sum(x.proofs) AS proofs, sum(x.settled) AS settlements, sum(x.expired) AS expired,
    sum(x.relays) AS relays, sum(x.estimated) AS estimated_relays, sum(x.units) AS compute_units,
    toDecimal128(sum(x.burnt), 0) AS burnt_upokt, toDecimal128(sum(x.minted), 0) AS minted_upokt,
    toDecimal128(sum(x.inflation), 0) AS inflation_upokt, toDecimal128(sum(x.slashed), 0) AS slashed_upokt
FROM
(
    SELECT time, height, service, 1 AS claims, 0 AS proofs, 0 AS settled, 0 AS expired, 0 AS relays, 0 AS estimated, 0 AS units,
        toUInt128(0) AS burnt, toUInt128(0) AS minted, toUInt128(0) AS inflation, toUInt128(0) AS slashed FROM claims FINAL WHERE $WHERE
    UNION ALL
    SELECT time, height, service, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM proof_submissions FINAL WHERE $WHERE
    UNION ALL
    SELECT time, height, service, 0, 0, 1, 0, num_relays, estimated_relays, compute_units, settled_upokt, minted_upokt, 0, 0 FROM settlements FINAL WHERE $WHERE
    UNION ALL
    SELECT time, height, service, 0, 0, 0, toUInt8(kind = 'expired'), 0, 0, 0, 0, 0, 0, if(kind = 'slashed', upokt, 0)
    FROM claim_failures FINAL WHERE $WHERE AND kind IN ('expired', 'slashed')
    UNION ALL
    SELECT time, height, service, 0, 0, 0, 0, 0, 0, 0, 0, 0, upokt, 0 FROM reimbursements FINAL WHERE $WHERE
) AS x
GROUP BY $BY`

// Supply: replayed from the first reading by every mint and burn since, beside each later reading; and at the last block.
// A reading stands behind all changes of its height.
const sqlSupply = `
SELECT height, time, if(read, toDecimal128(said, 0), NULL) AS chain_upokt, toDecimal128(start + change, 0) AS replayed_upokt,
    if(read, toDecimal128(start + change - said, 0), NULL) AS difference_upokt
FROM
(
    SELECT height, time, read, said, sum(delta) OVER (ORDER BY height, read ROWS UNBOUNDED PRECEDING) AS change,
        (SELECT toInt256(argMin(upokt, height)) FROM supply_seen) AS start
    FROM
    (
        SELECT height, any(time) AS time, sum(if(kind = 'mint', toInt256(upokt), -toInt256(upokt))) AS delta, toInt256(0) AS said, false AS read
        FROM supply_changes FINAL WHERE height > (SELECT min(height) FROM supply_seen) GROUP BY height
        UNION ALL
        SELECT height, time, toInt256(0), toInt256(upokt), true FROM supply_seen FINAL
        UNION ALL
        SELECT height, time, toInt256(0), toInt256(0), false FROM blocks FINAL
        WHERE height = (SELECT max(height) FROM blocks) AND height NOT IN (SELECT height FROM supply_seen)
            AND height NOT IN (SELECT height FROM supply_changes)
    )
)
WHERE $RANGE AND (read OR height = (SELECT max(height) FROM blocks) OR {changes:String} = 'true')
    AND NOT (NOT read AND height IN (SELECT height FROM supply_seen))`

// sqlMints is what each settlement and other module minted and burnt.
const sqlMints = `
SELECT $GROUPS toDecimal128(sumIf(upokt, kind = 'mint'), 0) AS minted_upokt, toDecimal128(sumIf(upokt, kind = 'burn'), 0) AS burnt_upokt, count() AS changes
FROM supply_changes FINAL WHERE $WHERE
GROUP BY $BY`

// sqlBatches is what settlements moved, by operation.
const sqlBatches = `
SELECT $GROUPS toDecimal128(sum(b.upokt), 0) AS upokt, count() AS operations
FROM settlement_batches AS b FINAL WHERE $WHERE
GROUP BY $BY`

// Difficulty: two to the 256th over the target is how many relays a leaf stands for.
const sqlDifficulty = `
SELECT service, height, event_index, time, target, relays_ema, previous_target, previous_relays_ema,
    pow(2, 64) / (toFloat64(reinterpretAsUInt64(reverse(unhex(substring(target, 1, 16))))) + 1) AS relays_per_leaf
FROM difficulties FINAL WHERE $WHERE`

// Stakes: who joined, left, was slashed, was paid back.
const sqlStakes = `
SELECT height, event_index, time, toString(kind) AS kind, address, what, owner, if(known OR what IN ('slashed', 'stake_stuck'), toDecimal128(stake_upokt, 0), NULL) AS stake_upokt,
    services, gateways, unbonding_end_height, other, reason
FROM actor_states FINAL WHERE what != 'seen' AND $WHERE`

func networkRoutes() []*Route {
	service := []Filter{claimFilters[2]}
	return []*Route{
		{
			Path: "/v1/network", Summary: "Claims, proofs, settlements, burn and mint of the whole network", SQL: sqlNetwork, Public: true, By: []string{"day"},
			About:  "Settlements count at their own time. burnt is what applications' stakes lost to claims; inflation what was minted beyond that, and advanced by the applications.",
			Groups: with(claimGroups[2:3], timeGroups), Filters: service,
			Columns: []Column{
				{"claims", Count, false, "newest claims of their windows"}, {"proofs", Count, false, "submitted"}, {"settlements", Count, false, ""}, {"expired", Count, false, "claims without a valid proof"},
				{"relays", Count, false, "leaves that were settled"}, {"estimated_relays", Count, false, "scaled by difficulty"}, {"compute_units", Count, false, "settled"},
				{"burnt_upokt", Amount, false, "settled"}, {"minted_upokt", Amount, false, "for what was burnt"}, {"inflation_upokt", Amount, false, "global mint"}, {"slashed_upokt", Amount, false, "burnt from suppliers' stakes"},
			},
		},
		{
			Path: "/v1/supply", Summary: "The supply: replayed from events, beside the chain's own figure", SQL: sqlSupply, Public: true, Newest: true, Order: []string{"height"},
			Params: []Param{{Name: "changes", Kind: Text, Default: "false", Choices: []string{"false", "true"}, About: "Also every height at which it changed"}},
			Columns: []Column{
				{"height", Integer, false, ""}, {"time", Time, false, ""}, {"chain_upokt", Amount, true, "as the bank module has it; null: not read at this height"},
				{"replayed_upokt", Amount, false, "the first reading, plus every mint, less every burn since"}, {"difference_upokt", Signed, true, "replayed - chain: 0"},
			},
		},
		{
			Path: "/v1/mints", Summary: "What was minted and burnt, by any module", SQL: sqlMints, Public: true, By: []string{"account"},
			Groups: with([]Group{{"account", Text, "account", "module account"}}, timeGroups), Filters: []Filter{{"account", "", "module accounts"}},
			Columns: []Column{{"minted_upokt", Amount, false, ""}, {"burnt_upokt", Amount, false, ""}, {"changes", Count, false, ""}},
		},
		{
			Path: "/v1/settlement-operations", Summary: "What settlements moved, by operation", SQL: sqlBatches, Public: true, By: []string{"operation", "reason"},
			Groups: with([]Group{
				{"operation", Text, "op_type", "mint, mod_to_mod, mod_to_acct or burn"}, {"reason", Text, "op_reason_name", "the chain's name of the reason"},
				{"recipient", Text, "recipient", "module or address"},
			}, timeGroups), Filters: []Filter{{"recipient", "", "modules or addresses"}, {"reason", "op_reason_name", "the chain's names of reasons"}},
			Columns: []Column{{"upokt", Amount, false, ""}, {"operations", Count, false, ""}},
		},
	}
}

func stateRoutes() []*Route {
	service := []Filter{claimFilters[2]}
	return []*Route{
		{
			Path: "/v1/difficulty", Summary: "Relay mining difficulty of services over time", SQL: sqlDifficulty, Public: true, Newest: true,
			Order: []string{"height", "event_index"}, Filters: service,
			Columns: []Column{
				{"service", Text, false, ""}, {"height", Integer, false, "it counts from the next session"}, {"event_index", Count, false, ""}, {"time", Time, false, ""}, {"target", Text, false, "hex"},
				{"relays_ema", Count, false, "moving average of leaves"}, {"previous_target", Text, false, "hex"}, {"previous_relays_ema", Count, false, ""}, {"relays_per_leaf", Number, false, "how many relays a leaf stands for"},
			},
		},
		{
			Path: "/v1/params", Summary: "What changed in the chain's parameters, when, and from when it counts", SQL: sqlParamsShown, Public: true, Newest: true,
			Order:   []string{"height", "module", "name", "source"},
			Filters: []Filter{{"module", "", "modules"}, {"name", "", "parameters"}},
			About:   "source state: a reading of the chain's state that differs from the one before; the first has no previous value. source update: by a transaction.",
			Columns: []Column{
				{"module", Text, false, ""}, {"name", Text, false, ""}, {"height", Integer, false, "update: its block; state: the first reading that has it"}, {"source", Text, false, "state or update"},
				{"time", Time, false, ""}, {"previous", Text, false, "proto JSON; empty: none is known"}, {"value", Text, false, "proto JSON"}, {"effective_height", Integer, true, "first block for which it counts; null: no reading says yet how long sessions were"},
			},
		},
		{
			Path: "/v1/stakes", Summary: "Who joined, left, was slashed, was paid back", SQL: sqlStakes, Public: true, Newest: true, Order: []string{"height", "event_index", "address"},
			Filters: []Filter{{"kind", "toString(kind)", "supplier, application or gateway"}, {"address", "", "addresses"}, {"what", "", "what happened"}},
			Columns: []Column{
				{"height", Integer, false, ""}, {"event_index", Count, false, ""}, {"time", Time, false, ""}, {"kind", Text, false, "supplier, application or gateway"}, {"address", Text, false, ""}, {"what", Text, false, "what happened"},
				{"owner", Text, false, "of a supplier"}, {"stake_upokt", Amount, true, "after it; null: the event does not say"}, {"services", Texts, false, ""}, {"gateways", Texts, false, "that an application delegates to"},
				{"unbonding_end_height", Integer, false, "0: not unbonding"}, {"other", Text, false, "the other side of a transfer"}, {"reason", Text, false, "in the chain's words"},
			},
		},
	}
}
