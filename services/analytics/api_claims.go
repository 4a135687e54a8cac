package analytics

import (
	"context"
	"net/http"

	"github.com/ClickHouse/clickhouse-go/v2"
)

const sqlObligations = `
SELECT * EXCEPT (stream_seq)
FROM obligations FINAL
WHERE (empty({suppliers:Array(String)}) OR has({suppliers:Array(String)}, supplier))
    AND ({open:Bool} = false OR outcome = '')
ORDER BY end_height DESC, session_id, supplier LIMIT {limit:UInt32} OFFSET {offset:UInt32}`

// claims answers GET /v1/claims.
func (s *Service) claims(ctx context.Context, r *http.Request) (any, error) {
	q := params{values: r.URL.Query()}
	open := q.one("open", map[string]string{"": "false", "false": "false", "true": "true"}, "true or false")
	suppliers := append([]string{}, q.texts("supplier")...)
	page := q.page()
	if q.err != nil {
		return nil, q.err
	}
	args := append(page.args(), clickhouse.Named("suppliers", suppliers), clickhouse.Named("open", open))
	rows, err := records(ctx, s.conn, sqlObligations, args...)
	return page.list(rows, len(rows)), err
}
