package analytics

import (
	"context"
	"fmt"
	"net/http"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/lodeworks/lode/services/analytics/api"
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
    SELECT if(updated, 'proof_updated', 'proof_submitted'), supplier, application, service, session_end_height, height, event_index, time, ''
    FROM proof_submissions FINAL
    UNION ALL
    SELECT 'proof_checked', supplier, application, service, session_end_height, height, event_index, time,
        trim(concat(status, ' ', failure_reason)) FROM proofs FINAL
    UNION ALL
    SELECT kind, supplier, application, service, session_end_height, height, event_index, time, reason FROM claim_failures FINAL
    UNION ALL
    SELECT 'settled', supplier, application, service, session_end_height, height, event_index, time, proof_requirement FROM settlements FINAL
)
WHERE application = {application:String} AND service = {service:String} AND session_end_height = {end:Int64}
    AND (empty({only:Array(String)}) OR has({only:Array(String)}, supplier))
ORDER BY height, event_index`

// The parts of a session's story, each of some table, with the session's id and suppliers.
var sqlSessionParts = map[string]string{
	"trees": `SELECT supplier, application, service, start_height, end_height, grace_end_height, claim_open_height, compute_units_per_relay, target_hash,
    root, logged, mined, filtered, duplicate, sealed_height FROM sessions FINAL WHERE session_id = {session:String} AND (empty({only:Array(String)}) OR has({only:Array(String)}, supplier)) ORDER BY supplier`,
	"obligations": `SELECT * EXCEPT (stream_seq) FROM obligations FINAL
WHERE session_id = {session:String} AND (empty({only:Array(String)}) OR has({only:Array(String)}, supplier)) ORDER BY supplier`,
	"transactions": `SELECT m.supplier AS supplier, m.kind AS kind, m.height AS height, m.tx_index AS tx_index, m.msg_index AS msg_index, m.time AS time, m.root AS root, m.code AS code,
    t.hash AS hash, t.log AS log, f.upokt AS fee_upokt, m.of AS messages
FROM (SELECT * FROM claim_messages FINAL WHERE session_id = {session:String} AND (empty({only:Array(String)}) OR has({only:Array(String)}, supplier))) AS m
LEFT JOIN (SELECT height, tx_index, hash, log FROM txs FINAL) AS t USING (height, tx_index)
LEFT JOIN (SELECT height, tx_index, upokt FROM fees FINAL) AS f USING (height, tx_index) ORDER BY height, tx_index, msg_index`,
	"settlements": `SELECT * EXCEPT (version) FROM settlements FINAL
WHERE session_id = {session:String} AND (empty({only:Array(String)}) OR has({only:Array(String)}, supplier)) ORDER BY supplier`,
	"shares": `SELECT supplier, recipient, op_reason, op_reason_name, upokt, height, event_index, share_index FROM reward_shares FINAL
WHERE session_id = {session:String} AND (empty({only:Array(String)}) OR has({only:Array(String)}, supplier)) ORDER BY height, event_index, share_index`,
}

// sessionRoute is GET /v1/sessions/{id}.
func (s *Service) sessionRoute() *api.Route {
	return &api.Route{
		Path: "/v1/sessions/{id}", Summary: "Everything known of one session: terms, trees, transactions, events, settlement, shares, and what is due", NoRange: true,
		Filters: []api.Filter{ofSupplier},
		Whole: func(ctx context.Context, r *http.Request, q *api.Query) (any, error) {
			return s.session(ctx, r.PathValue("id"), q.Values["supplier"])
		},
	}
}

func (s *Service) session(ctx context.Context, id string, suppliers []string) (any, error) {
	lines, err := ledger.Query(ctx, s.conn, ledger.Filter{Session: id, Suppliers: suppliers})
	if err == nil && len(lines) == 0 {
		err = fmt.Errorf("session %.64q: %w", id, api.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	height, err := ledger.Height(ctx, s.conn)
	if err != nil {
		return nil, err
	}
	only := clickhouse.Named("only", append([]string{}, suppliers...))
	events, err := records(ctx, s.conn, sqlSessionEvents, clickhouse.Named("application", lines[0].Application),
		clickhouse.Named("service", lines[0].Service), clickhouse.Named("end", lines[0].EndHeight), only)
	if err != nil {
		return nil, err
	}
	story := map[string]any{"session_id": id, "height": height, "lines": lines, "events": events}
	for name, query := range sqlSessionParts {
		if story[name], err = records(ctx, s.conn, query, clickhouse.Named("session", id), only); err != nil {
			return nil, err
		}
	}
	return story, nil
}
