package api

// Obligations: our claims as the submitter sees them, and how many blocks are left for the next step.
const sqlObligations = `
SELECT end_height, session_id, supplier, application, service, phase, outcome, reason, mined, toDecimal128(claimed_upokt, 0) AS claimed_upokt,
    toDecimal128(settled_upokt, 0) AS settled_upokt, toDecimal128(fee_upokt, 0) AS fee_upokt, proof_requirement, claim_attempts, proof_attempts, claim_tx, proof_tx, height,
    multiIf(outcome != '', 0, phase = 'sealed', claim_close_height, proof_close_height) AS due_height,
    if(due_height = 0, NULL, due_height - (SELECT max(height) FROM blocks)) AS blocks_left
FROM obligations FINAL
WHERE $FILTER AND ({show:String} = 'all' OR outcome = '')`

const sqlBalanceChanges = `
SELECT height, event_index, time, toString(section) AS section, tx_index, msg_index, toDecimal128(upokt, 0) AS upokt
FROM balance_changes FINAL
WHERE account = {account:String} AND $RANGE`

const sqlBlocks = `
SELECT height, hash, time, chain_id, proposer, tx_count, event_count FROM blocks FINAL WHERE $RANGE`

const sqlIndex = `
SELECT chain_id, min(height) AS first_height, max(height) AS last_height, max(time) AS last_time, count() AS blocks,
    last_height - first_height + 1 - blocks AS missing
FROM blocks FINAL GROUP BY chain_id`

// sqlTables: what was merged since stays known to the store for eight minutes, so every new part of the last five is there.
const sqlTables = `
SELECT table, toUInt64(sumIf(p.rows, p.active)) AS rows, toUInt64(sumIf(p.bytes_on_disk, p.active)) AS bytes, countIf(p.active) AS parts,
    sumIf(p.rows, p.level = 0 AND p.modification_time > now() - 300) / 300 AS rows_stored_per_second
FROM system.parts AS p WHERE database = currentDatabase() GROUP BY table`

func storeRoutes() []*Route {
	return []*Route{
		{
			Path: "/v1/obligations", Summary: "Our claims: phase, value, and blocks left until the next step is due", SQL: sqlObligations, NoRange: true,
			Newest: true, Order: []string{"end_height", "session_id", "supplier"}, Filters: claimFilters,
			Params: []Param{{Name: "show", Kind: Text, Default: "open", Choices: []string{"open", "all"}, About: "open: those without an outcome"}},
			Columns: []Column{
				{"end_height", Integer, false, "last block of the session"}, {"session_id", Text, false, ""}, {"supplier", Text, false, ""}, {"application", Text, false, ""}, {"service", Text, false, ""},
				{"phase", Text, false, "sealed, claimed, proof_due, proven, proof_waived or ended"}, {"outcome", Text, false, "empty: open"}, {"reason", Text, false, ""}, {"mined", Count, false, "leaves"},
				{"claimed_upokt", Amount, false, "value"}, {"settled_upokt", Amount, false, ""}, {"fee_upokt", Amount, false, "offered so far"}, {"proof_requirement", Text, false, ""},
				{"claim_attempts", Count, false, ""}, {"proof_attempts", Count, false, ""}, {"claim_tx", Text, false, ""}, {"proof_tx", Text, false, ""}, {"height", Integer, false, "of the submitter's last word"},
				{"due_height", Integer, false, "last block for the next step; 0: nothing is due"}, {"blocks_left", Integer, true, "until then"},
			},
		},
		{
			Path: "/v1/balance-changes", Summary: "The statement of an account", SQL: sqlBalanceChanges, Newest: true, Order: []string{"height", "event_index"}, Public: true,
			Params: []Param{{Name: "account", Kind: Text, Required: true, About: "Address, also of a module"}},
			Columns: []Column{
				{"height", Integer, false, ""}, {"event_index", Count, false, ""}, {"time", Time, false, ""}, {"section", Text, false, "begin_block, tx or end_block"}, {"tx_index", Count, false, "of section tx"},
				{"msg_index", Integer, false, "-1: of no message, as fees"}, {"upokt", Signed, false, "negative: spent"},
			},
		},
		{
			Path: "/v1/blocks", Summary: "Blocks in the store", SQL: sqlBlocks, Newest: true, Order: []string{"height"}, Public: true,
			Columns: []Column{
				{"height", Integer, false, ""}, {"hash", Text, false, "hex"}, {"time", Time, false, ""}, {"chain_id", Text, false, ""}, {"proposer", Text, false, "consensus address, hex"},
				{"tx_count", Count, false, ""}, {"event_count", Count, false, ""},
			},
		},
		{
			Path: "/v1/index", Summary: "How much of the chain is in the store, and what is missing", SQL: sqlIndex, NoRange: true, Order: []string{"chain_id"}, Public: true,
			Columns: []Column{
				{"chain_id", Text, false, ""}, {"first_height", Integer, false, ""}, {"last_height", Integer, false, ""}, {"last_time", Time, false, ""}, {"blocks", Count, false, ""}, {"missing", Integer, false, "heights in between"},
			},
		},
		{
			Path: "/v1/tables", Summary: "Rows, bytes and parts of the store's tables", SQL: sqlTables, NoRange: true, Order: []string{"table"}, Public: true,
			Columns: []Column{{"table", Text, false, ""}, {"rows", Count, false, "repeats that are not merged yet included"}, {"bytes", Count, false, "on disk"}, {"parts", Count, false, ""},
				{"rows_stored_per_second", Number, false, "in the last five minutes"}},
		},
	}
}

// total sums all rows of any question that sums rows.
var total = Group{"total", Text, "'all'", "all, as one row"}

// Routes are all questions that the store answers by one query.
func Routes() []*Route {
	all := with(earningsRoutes(), relayRoutes(), refusalRoutes(), networkRoutes(), stateRoutes(), actorRoutes(), storeRoutes())
	for _, route := range all {
		if len(route.Groups) > 0 {
			route.Groups = with(route.Groups, []Group{total})
		}
	}
	return all
}
