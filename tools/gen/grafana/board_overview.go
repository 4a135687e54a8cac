package main

// overview is the way of the money, from the relay to the settlement.
func overview() board {
	return board{"lode-overview", "Lode: money and funnel", "From the answered relay to the settled upokt, and what is at stake now.", []panel{
		now("At stake now", "none", "upokt of claims and proofs that are due and not on chain. High and not falling: see the submitter.", `sum(lode_submitter_risk_upokt)`),
		now("Lost in a day", "none", "upokt of claims that ended without being paid in the last 24 hours. Above zero: find out why.", `sum(increase(lode_submitter_forfeited_upokt_total[1d]))`),
		now("Will not land", "none", "Claims and proofs that will not land in time at the present pace. Above zero is an alarm.", `sum(lode_submitter_forecast_missing)`),
		now("Relays a second", "reqps", "Relays answered and in the log, over five minutes.", `sum(rate(lode_relayer_relays_served_total[5m]))`),
		now("Services down", "none", "Services without a backend that takes calls.", `sum(lode_relayer_services_down)`),
		now("Firing alerts", "none", "Alerts of all severities that fire.", `count(ALERTS{alertstate="firing"}) or vector(0)`),
		prom("Relays", "reqps", "What became of relays. Refused ones are not lost: the gateway takes another supplier.",
			q("served", `sum(rate(lode_relayer_relays_served_total[$__rate_interval]))`),
			q("refused", `sum(rate(lode_relayer_relays_refused_total[$__rate_interval]))`),
			q("answered, not paid", `sum(rate(lode_relayer_relays_unpaid_total[$__rate_interval])) + sum(rate(lode_relayer_relays_unmined_total[$__rate_interval]))`)),
		prom("Log and tries", "reqps", "Served relays, those folded, and what became of them. Folded below served for long: hashers are behind.",
			q("served", `sum(rate(lode_relayer_relays_served_total[$__rate_interval]))`),
			q("{{outcome}}", `sum by (outcome) (rate(lode_hasher_relays_total[$__rate_interval]))`)),
		prom("Claims ended", "none", "Claims that ended in an hour, by outcome. All but settled, empty and unprofitable are lost money.",
			q("{{outcome}}", `sum by (outcome) (increase(lode_submitter_claims_ended_total[1h]))`)),
		sql("Settled", "none", "upokt claimed and settled in an hour of block time.",
			"SELECT toStartOfHour(s.time) AS time, toFloat64(sum(claimed_upokt)) AS claimed, toFloat64(sum(settled_upokt)) AS settled FROM settlements AS s FINAL WHERE $__timeFilter(s.time) GROUP BY time ORDER BY time"),
		sql("Suppliers' share", "none", "upokt paid to suppliers and their owners in an hour of block time.",
			"SELECT toStartOfHour(r.time) AS time, toFloat64(sum(upokt)) AS earned FROM reward_shares AS r FINAL WHERE op_reason IN (4, 7) AND $__timeFilter(r.time) GROUP BY time ORDER BY time"),
		sql("Failures", "none", "Claims that expired, were discarded, slashed or over-serviced in an hour of block time.",
			"SELECT toStartOfHour(f.time) AS time, kind, count() AS claims FROM claim_failures AS f FINAL WHERE $__timeFilter(f.time) GROUP BY time, kind ORDER BY time"),
		rows("Earnings by supplier and service", "none", "In the range that is shown, by block time of the settlement; claimed less settled is over-servicing.",
			"SELECT supplier, service, count() AS claims, sum(num_relays) AS relays, toString(sum(s.claimed_upokt)) AS claimed_upokt, toString(sum(s.settled_upokt)) AS settled_upokt FROM settlements AS s FINAL WHERE $__timeFilter(s.time) GROUP BY supplier, service ORDER BY sum(s.settled_upokt) DESC LIMIT 100"),
	}}
}
