package api

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

func replace(text, old, new string) string { return strings.ReplaceAll(text, old, new) }

// Relays: sums by minute or by hour, summed again. $TABLE is the coarser one that the request's groups and range allow.
const sqlRelays = `
SELECT $GROUPS sum(r.relays) AS relays, sum(r.mined) AS mined, sumIf(r.relays, r.status >= 400) AS failed,
    sumIf(r.relays, r.truncated != '') AS cut, sum(r.streamed) AS streamed, sum(r.usage_unknown) AS usage_unknown,
    sum(r.compute_units) AS compute_units, sum(r.request_bytes) AS request_bytes, sum(r.response_bytes) AS response_bytes,
    sum(r.prompt_tokens) AS prompt_tokens, sum(r.completion_tokens) AS completion_tokens,
    sum(r.cached_prompt_tokens) AS cached_prompt_tokens, sum(r.reasoning_tokens) AS reasoning_tokens,
    1 - failed / relays AS success_rate, relays / (toUInt32(max(r.minute)) - toUInt32(min(r.minute)) + $SECONDS) AS relays_per_second,
    sum(r.backend_ns) / relays / 1e6 AS backend_ms_mean,
    arrayMap(q -> q / 1e6, quantilesBFloat16Merge(0.5, 0.9, 0.95, 0.99)(r.backend_sketch)) AS took,
    arrayMap(q -> q / 1e6, quantilesBFloat16IfMerge(0.5, 0.95, 0.99)(r.first_token_sketch)) AS first,
    sum(r.first_tokens) AS first_tokens, sum(r.writing_ns) AS writing
FROM (SELECT *, toDateTime64(minute, 9, 'UTC') AS time, end_height AS height FROM $TABLE FINAL WHERE $MINUTES AND $WHERE) AS r
GROUP BY $BY`

// sqlRelaysShown names the quantiles.
const sqlRelaysShown = `
SELECT * EXCEPT (took, first, first_tokens, writing), took[1] AS backend_ms_p50, took[2] AS backend_ms_p90, took[3] AS backend_ms_p95,
    took[4] AS backend_ms_p99, if(first_tokens = 0, NULL, first[1]) AS first_token_ms_p50,
    if(first_tokens = 0, NULL, first[2]) AS first_token_ms_p95, if(first_tokens = 0, NULL, first[3]) AS first_token_ms_p99,
    if(writing = 0, NULL, completion_tokens / writing * 1e9) AS completion_tokens_per_second
FROM (` + sqlRelays + `)`

// relayTable chooses hours where minutes would say nothing more.
func relayTable(sql string, q *Query) string {
	minutes := slices.ContainsFunc(q.By, func(g Group) bool { return g.Name == "minute" })
	for _, bound := range []time.Time{q.From, q.To} {
		minutes = minutes || (!bound.IsZero() && !bound.Equal(bound.Truncate(time.Hour)))
	}
	table, seconds := "relay_hours", "3600"
	if minutes {
		table, seconds = "relay_minutes", "60"
	}
	return strings.NewReplacer("$TABLE", table, "$SECONDS", seconds, "$MINUTES", minutesIn(q)).Replace(sql)
}

// minutesIn is the request's range of time over the column that the sums are sorted by: of it the store reads no more. Column
// time is made of that one, which it does not see through.
func minutesIn(q *Query) string {
	parts := []string{"true"}
	for condition, bound := range map[string]time.Time{"minute >= ": q.From, "minute < ": q.To} {
		if !bound.IsZero() {
			parts = append(parts, fmt.Sprintf("%stoDateTime(%d, 'UTC')", condition, bound.Add(time.Second-1).Unix()))
		}
	}
	return strings.Join(parts, " AND ")
}

const sqlRawRelays = `
SELECT session_id, supplier, application, service, end_height, stream_seq, position, relayer, number, lower(hex(relay_hash)) AS relay_hash, mined,
    compute_units, served_at, status, backend_ns, first_token_ns, request_bytes, response_bytes, prompt_tokens, completion_tokens, usage_known,
    model, streamed, finish_reason, truncated, trace_id, gateway, gateway_by, backend, region
FROM relays FINAL
WHERE session_id = {session:String} AND $FILTER`

// sqlRawExpired is how many relays were counted and are not stored any more.
const sqlRawExpired = `
SELECT toUInt64(greatest(0, toInt64((SELECT sum(logged) FROM session_logs FINAL WHERE session_id = {session:String} AND $FILTER)) -
    toInt64((SELECT count() FROM relays FINAL WHERE session_id = {session:String} AND $FILTER)))) AS expired`

// Estimates: a leaf is kept with the chance target/2^256, so the relays that the chain estimates from n leaves differ from
// the true number by chance, with the variance of a binomial. The actual number is of the log.
const sqlEstimates = `
SELECT $GROUPS count() AS claims, sum(s.num_relays) AS leaves, sum(s.estimated_relays) AS estimated_relays, sum(a.answered) AS actual_relays,
    toInt64(estimated_relays) - toInt64(actual_relays) AS error_relays,
    sqrt(sum(a.answered * (s.estimated_relays / s.num_relays - 1))) AS expected_error_relays,
    if(expected_error_relays = 0, NULL, error_relays / expected_error_relays) AS sigmas
FROM (SELECT * FROM settlements FINAL WHERE $WHERE) AS s
INNER JOIN
(
    SELECT supplier, application, service, end_height AS session_end_height, sum(relays) AS answered FROM relay_hours FINAL
    WHERE end_height IN (SELECT session_end_height FROM settlements WHERE $WHERE) AND $SAME
    GROUP BY supplier, application, service, session_end_height
) AS a USING (supplier, application, service, session_end_height)
WHERE s.num_relays > 0
GROUP BY $BY`

func relayRoutes() []*Route {
	rollupTimes := []Group{
		{"minute", Time, "time", "start of the minute, UTC"}, {"hour", Time, "toStartOfHour(time)", "start of the hour, UTC"},
		{"day", Day, "toDate(time, 'UTC')", "day, UTC"}, {"month", Day, "toStartOfMonth(toDate(time, 'UTC'))", "first day of the month, UTC"},
	}
	facts := []Group{
		claimGroups[0], claimGroups[1], claimGroups[2], {"model", Text, "model", "model; empty: none named"},
		{"relayer", Text, "relayer", "incarnation of the relayer process"}, {"status", Count, "status", "status code of the backend's answer"},
		{"truncated", Text, "truncated", "why answers ended early; empty: they are whole"},
		{"finish_reason", Text, "finish_reason", "why answers ended, as the backend says it"},
		{"session_end_height", Integer, "end_height", "last block of the session"},
	}
	return []*Route{
		{
			Path: "/v1/relays", Summary: "Answered relays: rates, success, latency, tokens", SQL: sqlRelaysShown, Prepare: relayTable,
			About:  "Relays of the log by the time of their answer, in whole minutes; a height is that of the session's last block. Quantiles are a percent exact, and never too high. The newest seconds may be missing.",
			Groups: with(facts, labelGroups, rollupTimes), By: []string{"model"},
			Filters: with(labelFilters, []Filter{claimFilters[0], claimFilters[1], claimFilters[2], {"model", "", "models"}, {"relayer", "", "incarnations of relayers"},
				{"status", "toString(status)", "status codes"}, {"truncated", "", "why answers ended early"}}),
			Columns: []Column{
				{"relays", Count, false, "entries of the log"}, {"mined", Count, false, "below the difficulty target"}, {"failed", Count, false, "with a status of 400 or more"},
				{"cut", Count, false, "ended early"}, {"streamed", Count, false, "by SSE or NDJSON"}, {"usage_unknown", Count, false, "without usage: their tokens are missing"},
				{"compute_units", Count, false, "sum"}, {"request_bytes", Count, false, "sum"}, {"response_bytes", Count, false, "sum"},
				{"prompt_tokens", Count, false, "sum"}, {"completion_tokens", Count, false, "sum"}, {"cached_prompt_tokens", Count, false, "sum"},
				{"reasoning_tokens", Count, false, "sum"}, {"success_rate", Number, false, "share that did not fail"},
				{"relays_per_second", Number, false, "over the minutes or hours from the first to the last relay"},
				{"backend_ms_mean", Number, false, "time the backend took"}, {"backend_ms_p50", Number, false, "its quantiles"}, {"backend_ms_p90", Number, false, ""},
				{"backend_ms_p95", Number, false, ""}, {"backend_ms_p99", Number, false, ""}, {"first_token_ms_p50", Number, true, "time to the first token, where it is known"},
				{"first_token_ms_p95", Number, true, ""}, {"first_token_ms_p99", Number, true, ""},
				{"completion_tokens_per_second", Number, true, "over the backends' time for answers that have completion tokens"},
			},
		},
		{
			Path: "/v1/relays/raw", Summary: "Every relay of one session", SQL: sqlRawRelays, Lacks: sqlRawExpired, NoRange: true, Order: []string{"stream_seq", "position"},
			Filters: claimFilters[:1], Params: []Param{{Name: "session", Kind: Text, Required: true, About: "Session id"}},
			Columns: []Column{
				{"session_id", Text, false, ""}, {"supplier", Text, false, ""}, {"application", Text, false, ""}, {"service", Text, false, ""}, {"end_height", Integer, false, "last block of the session"},
				{"stream_seq", Count, false, "sequence of its group in stream RELAYS"}, {"position", Count, false, "in the group"}, {"relayer", Text, false, ""}, {"number", Count, false, "this incarnation's n-th relay of the session"},
				{"relay_hash", Text, false, "hex"}, {"mined", Flag, false, ""}, {"compute_units", Count, false, ""}, {"served_at", Time, false, ""}, {"status", Count, false, ""}, {"backend_ns", Count, false, ""},
				{"first_token_ns", Count, false, "0: unknown"}, {"request_bytes", Count, false, ""}, {"response_bytes", Count, false, ""}, {"prompt_tokens", Count, false, ""}, {"completion_tokens", Count, false, ""},
				{"usage_known", Flag, false, ""}, {"model", Text, false, ""}, {"streamed", Flag, false, ""}, {"finish_reason", Text, false, ""}, {"truncated", Text, false, ""}, {"trace_id", Text, false, ""},
				{"gateway", Text, false, "address that signed; empty: not known"}, {"gateway_by", Text, false, "ring: there is no other; claim: an unsigned header says so"}, {"backend", Text, false, "that answered"}, {"region", Text, false, "of the relayer"},
			},
		},
		{
			Path: "/v1/estimates", Summary: "Relays that the chain estimates under difficulty, beside the actual ones", SQL: sqlEstimates, By: []string{"service"}, Prepare: sameClaims,
			Groups: with(claimGroups, timeGroups), Filters: claimFilters,
			About: "Settled claims whose relays are in our log. Within three sigmas is chance; duplicates and relays that came late are in the log and in no claim.",
			Columns: []Column{
				{"claims", Count, false, ""}, {"leaves", Count, false, "mined"}, {"estimated_relays", Count, false, "by the chain"}, {"actual_relays", Count, false, "in the log"},
				{"error_relays", Integer, false, "estimated - actual"}, {"expected_error_relays", Number, false, "standard deviation by chance"}, {"sigmas", Number, true, "error in standard deviations"},
			},
		},
	}
}
