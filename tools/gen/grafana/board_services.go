package main

// relayer is how relays are answered and logged.
func relayer() board {
	return board{"lode-relayer", "Lode: relayer", "Relays as they are answered, refused and logged, and the model servers behind.", []panel{
		prom("Served by service", "reqps", "Relays answered and in the log.", q("{{service}}", `sum by (service) (rate(lode_relayer_relays_served_total[$__rate_interval]))`)),
		prom("Refused by cause", "reqps", "Causes are explained one by one in failures.md.", q("{{cause}}", `sum by (cause) (rate(lode_relayer_relays_refused_total[$__rate_interval]))`)),
		prom("Backend time, 95 of 100", "s", "Time that backends take for an answer.", q("{{service}}", `histogram_quantile(0.95, sum by (service, le) (rate(lode_relayer_backend_seconds_bucket[$__rate_interval])))`)),
		prom("First token, 95 of 100", "s", "From the request's leaving to the first content of a streamed answer.", q("{{service}}", `histogram_quantile(0.95, sum by (service, le) (rate(lode_relayer_time_to_first_token_seconds_bucket[$__rate_interval])))`)),
		prom("Tokens", "none", "Tokens a second, as model servers say them.", q("{{service}} {{kind}}", `sum by (service, kind) (rate(lode_relayer_tokens_total[$__rate_interval]))`)),
		prom("Checks, 99 of 100", "s", "Time that the checks against chain and signature take.", q("checks", `histogram_quantile(0.99, sum by (le) (rate(lode_relayer_verify_seconds_bucket[$__rate_interval])))`)),
		prom("Until logged, 99 of 100", "s", "Time until a group of relays is in the log, or in the spool. Replies wait for it.", q("logged", `histogram_quantile(0.99, sum by (le) (rate(lode_relayer_log_publish_seconds_bucket[$__rate_interval])))`)),
		prom("Waiting and spooled", "bytes", "Size of the spool, and what it may be. Anything in it: the bus was away.", q("{{instance}}", `lode_relayer_spool_bytes`), q("limit {{instance}}", `lode_relayer_spool_limit_bytes`)),
		prom("Budgets", "none", "upokt a second reserved for relays, and what no grant covered.", q("spent", `sum(rate(lode_relayer_meter_spent_upokt_total[$__rate_interval]))`), q("not granted: {{reason}}", `sum by (reason) (rate(lode_relayer_meter_ungranted_upokt_total[$__rate_interval]))`)),
		prom("Streams cut", "reqps", "Streams that ended early, by cause. What was delivered is paid.", q("{{service}} {{cause}}", `sum by (service, cause) (rate(lode_relayer_streams_truncated_total[$__rate_interval]))`)),
		prom("WebSockets", "none", "WebSockets of gateways that are open.", q("{{instance}}", `lode_relayer_websockets`)),
		prom("Processor", "none", "Cores that relayers use.", q("{{instance}}", `rate(process_cpu_seconds_total{job="relayer"}[$__rate_interval])`)),
	}}
}

// hasher is how the log becomes tries, roots and proofs.
func hasher() board {
	return board{"lode-hasher", "Lode: hasher", "The relay log as it is folded, sealed and proven.", []panel{
		prom("Behind", "s", "Time since the last log message before those that wait. Minutes are an alarm.", q("{{instance}}", `lode_hasher_lag_seconds`)),
		prom("Folded", "reqps", "Relays folded a second; after a restart also those folded again.", q("{{instance}}", `rate(lode_hasher_relays_folded_total[$__rate_interval])`)),
		prom("Outcomes", "reqps", "What became of relays. late is not paid.", q("{{outcome}}", `sum by (outcome) (rate(lode_hasher_relays_total[$__rate_interval]))`)),
		prom("Seals due", "none", "Session ends whose claim window is open and that are not sealed and said. More than a moment is an alarm.", q("{{instance}}", `lode_hasher_seals_due`)),
		prom("Sealed", "none", "Session trees sealed in ten minutes.", q("{{instance}}", `increase(lode_hasher_sessions_sealed_total[10m])`)),
		prom("Proofs", "none", "Closest proofs given out in ten minutes.", q("{{instance}}", `increase(lode_hasher_proofs_total[10m])`)),
		prom("Partitions", "none", "Partitions of the log by hasher: even, and as many as there are together.", q("{{instance}}", `lode_hasher_partitions`)),
		prom("Handovers", "none", "Partitions that changed hands in ten minutes. lost, again and again: too few cores.", q("{{kind}}", `sum by (kind) (increase(lode_hasher_handovers_total[10m]))`)),
		prom("Memory", "bytes", "Resident memory. A leaf takes 200 to 310 bytes of it.", q("{{instance}}", `process_resident_memory_bytes{job="hasher"}`)),
		prom("Leaves", "none", "Leaves in memory: each is a relay that is claimed and not settled.", q("{{instance}}", `lode_hasher_leaves`)),
		prom("Not stored", "none", "Times in ten minutes that a fold could not be stored: FOLDS is full or away.", q("{{instance}}", `increase(lode_hasher_unstored_total[10m])`)),
		prom("Processor", "none", "Cores that hashers use.", q("{{instance}}", `rate(process_cpu_seconds_total{job="hasher"}[$__rate_interval])`)),
	}}
}

// submitter is how claims and proofs get on chain.
func submitter() board {
	return board{"lode-submitter", "Lode: submitter", "Claims and proofs in their windows, what they are worth, and what they cost.", []panel{
		prom("At stake", "none", "upokt of what is due and not on chain, by phase.", q("{{phase}}", `sum by (phase) (lode_submitter_risk_upokt)`)),
		prom("Due", "none", "Claims and proofs whose window is open and that the chain does not have.", q("{{phase}}", `sum by (phase) (lode_submitter_due)`)),
		prom("Blocks left", "none", "Until the first window of what is due closes. One or two with much at stake is an alarm.", q("{{phase}}", `min by (phase) (lode_submitter_blocks_left)`)),
		prom("Will not land", "none", "Claims and proofs that will not land in time at the present pace.", q("{{instance}}", `lode_submitter_forecast_missing`)),
		prom("Obligations", "none", "Open claims and proofs, by phase.", q("{{phase}}", `sum by (phase) (lode_submitter_obligations)`)),
		prom("Behind", "none", "Blocks since all obligations were last looked at.", q("{{instance}}", `lode_submitter_height - lode_submitter_served_height`)),
		prom("Broadcasts", "none", "Messages handed to nodes in ten minutes, by result.", q("{{result}}", `sum by (result) (increase(lode_submitter_broadcasts_total[10m]))`)),
		prom("Lost", "none", "upokt of claims that ended without being paid in an hour, by outcome.", q("{{outcome}}", `sum by (outcome) (increase(lode_submitter_forfeited_upokt_total[1h]))`)),
		prom("Skipped and over budget", "none", "upokt of claims that cost more than they earn, and of those beyond their applications' budgets.", q("skipped", `sum(lode_submitter_skipped_upokt)`), q("over budget", `sum(lode_submitter_overserviced_upokt)`)),
		prom("Balances", "none", "upokt of the poorest operator, and of the treasury.", q("poorest operator", `min(lode_submitter_lowest_balance_upokt)`), q("treasury", `max(lode_submitter_treasury_balance_upokt)`)),
		prom("Stakes", "none", "Suppliers by the state of their stake. All must be fine.", q("{{state}}", `sum by (state) (lode_submitter_stakes)`)),
		prom("Topped up", "none", "upokt that operators were given in a day.", q("given", `sum(increase(lode_submitter_topped_up_upokt_total[1d]))`)),
	}}
}
