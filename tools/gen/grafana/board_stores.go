package main

// chain is the indexer and the nodes.
func chain() board {
	return board{"lode-chain", "Lode: indexer and chain", "Blocks as they come in, the nodes, and what the chain says of itself.", []panel{
		prom("Since the last block", "s", "Three minutes are an alarm.", q("age", `time() - max(lode_indexer_progress_timestamp_seconds)`)),
		prom("Behind the nodes", "none", "Blocks that nodes have and the stream has not.", q("blocks", `max(lode_indexer_tip_blocks) - max(lode_indexer_height_blocks)`)),
		prom("Delay", "s", "From a block's own time to its message.", q("{{instance}}", `lode_indexer_delay_seconds`)),
		prom("Nodes", "none", "Height of each node, as the indexer hears it.", q("{{node}}", `max by (node) (lode_chain_node_height_blocks{job="indexer"})`)),
		prom("Nodes that are well", "none", "1 while the node is asked first; 0: down, behind, or of another chain.", q("{{node}}", `min by (node) (lode_chain_node_well)`)),
		prom("Answers", "s", "Time in which each node last said how it is.", q("{{node}}", `max by (node) (lode_chain_node_status_seconds)`)),
		prom("Failures", "reqps", "Requests that nodes did not answer.", q("{{node}}", `sum by (node) (rate(lode_chain_node_failures_total[$__rate_interval]))`)),
		prom("Events", "reqps", "Events said a second.", q("events", `sum(rate(lode_indexer_events_total[$__rate_interval]))`)),
		prom("Heights as services know them", "none", "They differ by a block or two at most.", q("relayer {{instance}}", `lode_relayer_height`), q("hasher {{instance}}", `lode_hasher_height`), q("submitter {{instance}}", `lode_submitter_height`)),
		sql("Block time", "s", "Seconds between blocks, averaged over five minutes.",
			"SELECT toStartOfFiveMinutes(b.time) AS time, (toFloat64(max(b.time)) - toFloat64(min(b.time))) / greatest(count() - 1, 1) AS seconds FROM blocks AS b FINAL WHERE $__timeFilter(b.time) GROUP BY time ORDER BY time"),
		sql("Minted and burnt", "none", "upokt in an hour of block time.",
			"SELECT toStartOfHour(c.time) AS time, toString(c.kind) AS kind, toFloat64(sum(c.upokt)) AS upokt FROM supply_changes AS c FINAL WHERE $__timeFilter(c.time) GROUP BY time, kind ORDER BY time"),
		sql("Fees", "none", "upokt of gas fees in an hour of block time.",
			"SELECT toStartOfHour(f.time) AS time, toFloat64(sum(f.upokt)) AS fees FROM fees AS f FINAL WHERE $__timeFilter(f.time) GROUP BY time ORDER BY time"),
	}}
}

// accounts are analytics and ClickHouse.
func accounts() board {
	return board{"lode-accounts", "Lode: analytics and ClickHouse", "Facts as they are stored, and relays as they are accounted for.", []panel{
		prom("Late", "s", "Age of what was stored last, when it was stored.", q("{{consumer}}", `max by (consumer) (lode_analytics_lag_seconds)`)),
		prom("Waiting", "none", "Messages behind the last stored one.", q("{{consumer}}", `max by (consumer) (lode_analytics_pending_messages)`)),
		prom("Rows", "none", "Rows stored a second.", q("{{consumer}}", `sum by (consumer) (rate(lode_analytics_rows_total[$__rate_interval]))`)),
		prom("Insert, 95 of 100", "s", "From a batch's delivery to ClickHouse's acknowledgement.", q("{{consumer}}", `histogram_quantile(0.95, sum by (consumer, le) (rate(lode_analytics_insert_seconds_bucket[$__rate_interval])))`)),
		prom("Failed inserts", "none", "In ten minutes; each is tried again.", q("{{consumer}}", `sum by (consumer) (increase(lode_analytics_insert_failures_total[10m]))`)),
		prom("Roll-up, 95 of 100", "s", "Time to sum the relays of one session end.", q("roll-up", `histogram_quantile(0.95, sum by (le) (rate(lode_analytics_rollup_seconds_bucket[1h])))`)),
		sql("Relays by model", "none", "Relays in an hour, from the sums by hour.",
			"SELECT minute AS time, model, sum(relays) AS relays FROM relay_hours FINAL WHERE $__timeFilter(minute) GROUP BY time, model ORDER BY time"),
		sql("Tokens by model", "none", "Tokens of answers in an hour.",
			"SELECT minute AS time, model, sum(completion_tokens) AS tokens FROM relay_hours FINAL WHERE $__timeFilter(minute) GROUP BY time, model ORDER BY time"),
		sql("Backend time", "ms", "Mean time of backends by service.",
			"SELECT minute AS time, service, sum(backend_ns) / sum(relays) / 1e6 AS ms FROM relay_minutes FINAL WHERE $__timeFilter(minute) GROUP BY time, service ORDER BY time"),
		rows("Sessions: logged and mined", "none", "The newest sealed sessions: logged = mined + filtered + duplicate.",
			"SELECT session_id, supplier, service, end_height, logged, mined, filtered, duplicate, logged = mined + filtered + duplicate AS balanced FROM sessions FINAL ORDER BY end_height DESC LIMIT 50"),
		rows("Tables", "none", "Rows and bytes on disk of each table.",
			"SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes, round(bytes / greatest(rows, 1), 1) AS bytes_per_row FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table ORDER BY bytes DESC"),
	}}
}

// bus is JetStream as the services see it, and the processes.
func bus() board {
	return board{"lode-bus", "Lode: bus and processes", "Streams, consumers and connections as the services see them; processes and their loops.", []panel{
		prom("Streams", "bytes", "Size of each stream on one server.", q("{{stream}}", `max by (stream) (lode_bus_stream_bytes)`)),
		prom("Full", "percentunit", "Share of what RELAYS and FOLDS may hold; full, they take nothing.", q("{{stream}}", `max by (stream) (lode_bus_stream_bytes{stream=~"RELAYS|FOLDS"}) / max by (stream) (lode_bus_stream_limit_bytes{stream=~"RELAYS|FOLDS"} > 0)`)),
		prom("Messages", "none", "Messages in each stream.", q("{{stream}}", `max by (stream) (lode_bus_stream_messages)`)),
		prom("Since the bus answered", "s", "Time since it said how a stream is; a minute is an alarm.", q("{{stream}}", `time() - max by (stream) (lode_bus_stream_answered_timestamp_seconds)`)),
		prom("Copies missing", "none", "Copies of each stream that are away or behind.", q("{{stream}}", `max by (stream) (lode_bus_stream_replicas_missing)`)),
		prom("Connections", "none", "1 while a service is connected.", q("{{job}} {{instance}}", `lode_bus_connected`)),
		prom("Since consumers came on", "s", "Two minutes are an alarm.", q("{{consumer}}", `time() - max by (consumer) (lode_bus_consumer_progress_timestamp_seconds)`)),
		prom("Since loops came on", "s", "Against the limit after which the service is unready.", q("{{job}} {{loop}}", `time() - max by (job, loop) (lode_loop_progress_timestamp_seconds > 0)`)),
		prom("Dead letters", "none", "Messages in an hour that were not understood.", q("{{job}} {{stream}}", `sum by (job, stream) (increase(lode_bus_dead_total[1h]))`)),
		prom("Certificates", "s", "Time until certificates end.", q("bus, {{job}}", `min by (job) ((lode_bus_certificate_expiry_timestamp_seconds > 0) - time())`), q("relay endpoint, {{instance}}", `(lode_relayer_certificate_expiry_timestamp_seconds > 0) - time()`)),
		prom("Memory", "bytes", "Resident memory of each process.", q("{{job}} {{instance}}", `process_resident_memory_bytes`)),
		prom("Processor", "none", "Cores that each process uses.", q("{{job}} {{instance}}", `rate(process_cpu_seconds_total[$__rate_interval])`)),
	}}
}
