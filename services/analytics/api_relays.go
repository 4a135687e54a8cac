package analytics

import (
	"context"
	"fmt"
	"net/http"
)

// relaysBy are the expressions that answered relays can be grouped by.
var relaysBy = map[string]string{
	"supplier": "supplier", "service": "service", "application": "application", "session": "session_id",
	"day": "toString(toDate(served_at, 'UTC'))", "status": "toString(status)", "relayer": "relayer",
	"model": "model", "finish_reason": "finish_reason", "truncated": "cut",
}

const sqlRelays = `
SELECT %s AS key, count() AS relays, countIf(mined) AS mined, countIf(status >= 400) AS failed,
    sum(units) AS compute_units, sum(prompt) AS prompt_tokens, sum(completion) AS completion_tokens,
    countIf(NOT usage_known) AS usage_unknown, sum(sent) AS request_bytes, sum(received) AS response_bytes,
    round(avg(backend_ns) / 1e6, 3) AS backend_ms_mean,
    sum(cached) AS cached_prompt_tokens, sum(reasoning) AS reasoning_tokens,
    countIf(is_stream) AS streamed, countIf(cut != '') AS truncated,
    if(sumIf(backend_ns, completion > 0) = 0, NULL, round(sum(completion) / sumIf(backend_ns, completion > 0) * 1e9, 3)) AS completion_tokens_per_second,
    if(countIf(first_token_ns > 0) = 0, NULL, round(quantileIf(0.5)(first_token_ns, first_token_ns > 0) / 1e6, 3)) AS first_token_ms_p50,
    if(countIf(first_token_ns > 0) = 0, NULL, round(quantileIf(0.99)(first_token_ns, first_token_ns > 0) / 1e6, 3)) AS first_token_ms_p99
FROM
(
    SELECT supplier, service, application, session_id, served_at, status, relayer, mined, usage_known, backend_ns,
        compute_units AS units, prompt_tokens AS prompt, completion_tokens AS completion,
        request_bytes AS sent, response_bytes AS received, model, finish_reason, truncated AS cut, streamed AS is_stream,
        first_token_ns, cached_prompt_tokens AS cached, reasoning_tokens AS reasoning
    FROM relays FINAL
    WHERE served_at >= {from:DateTime64(9, 'UTC')} AND served_at < {to:DateTime64(9, 'UTC')}
        AND (empty({suppliers:Array(String)}) OR has({suppliers:Array(String)}, supplier))
)
GROUP BY key ORDER BY key LIMIT {limit:UInt32} OFFSET {offset:UInt32}`

// relays answers GET /v1/relays.
func (s *Service) relays(ctx context.Context, r *http.Request) (any, error) {
	q := params{values: r.URL.Query()}
	by := q.one("by", relaysBy, "supplier, service, application, session, day, status, relayer, model, finish_reason or truncated")
	page, args := q.page(), q.span()
	if q.err != nil {
		return nil, q.err
	}
	rows, err := records(ctx, s.conn, fmt.Sprintf(sqlRelays, by), append(args, page.args()...)...)
	return page.list(rows, len(rows)), err
}
