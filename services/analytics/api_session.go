package analytics

import (
	"context"
	"fmt"
	"net/http"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/lodeworks/lode/services/analytics/ledger"
)

// sqlSessionEvents is what the chain said about the claims of one application, service and session end, in order.
const sqlSessionEvents = `
SELECT event, supplier, height, event_index, time, detail
FROM
(
    SELECT if(updated, 'claim_updated', 'claim_created') AS event, supplier, application, service, session_end_height,
        height, event_index, time, '' AS detail FROM claims FINAL
    UNION ALL
    SELECT 'proof_checked', supplier, application, service, session_end_height, height, event_index, time,
        trim(concat(status, ' ', failure_reason)) FROM proofs FINAL
    UNION ALL
    SELECT kind, supplier, application, service, session_end_height, height, event_index, time, reason FROM claim_failures FINAL
    UNION ALL
    SELECT 'settled', supplier, application, service, session_end_height, height, event_index, time, proof_requirement FROM settlements FINAL
)
WHERE application = {application:String} AND service = {service:String} AND session_end_height = {end:Int64}
ORDER BY height, event_index`

// session answers GET /v1/sessions/{id}.
func (s *Service) session(ctx context.Context, r *http.Request) (any, error) {
	id := r.PathValue("id")
	if len(id) > maxText {
		return nil, fmt.Errorf("%w: a session id has 64 hex digits", errBadRequest)
	}
	lines, err := ledger.Query(ctx, s.conn, ledger.Filter{Session: id})
	if err == nil && len(lines) == 0 {
		err = fmt.Errorf("session %s: %w", id, errNotFound)
	}
	if err != nil {
		return nil, err
	}
	height, err := ledger.Height(ctx, s.conn)
	if err != nil {
		return nil, err
	}
	events, err := records(ctx, s.conn, sqlSessionEvents, clickhouse.Named("application", lines[0].Application),
		clickhouse.Named("service", lines[0].Service), clickhouse.Named("end", lines[0].EndHeight))
	return map[string]any{"session_id": id, "height": height, "lines": lines, "events": events}, err
}
