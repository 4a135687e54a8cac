package analytics

import (
	"context"
	"fmt"
	"net/http"
)

// earningsBy are the expressions that settled claims can be grouped by.
var earningsBy = map[string]string{
	"supplier": "supplier", "service": "service", "application": "application", "session": "session_id",
	"day": "toString(toDate(time, 'UTC'))", "recipient": "recipient",
}

// sqlEarnings: each settlement once, with its own payments beside it.
const sqlEarnings = `
SELECT %s AS key, count() AS claims, sum(num_relays) AS relays, sum(units) AS compute_units,
    sum(claimed) AS claimed_upokt, sum(settled) AS settled_upokt, sum(minted) AS minted_upokt,
    sum(overservicing) AS overservicing_loss_upokt, sum(deflation) AS deflation_loss_upokt,
    sum(earned) AS earned_upokt, sum(paid) AS paid_upokt
FROM
(
    SELECT supplier, service, application, session_id, time, height, event_index, num_relays, compute_units AS units,
        claimed_upokt AS claimed, settled_upokt AS settled, minted_upokt AS minted,
        overservicing_loss_upokt AS overservicing, deflation_loss_upokt AS deflation
    FROM settlements FINAL
    WHERE time >= {from:DateTime64(9, 'UTC')} AND time < {to:DateTime64(9, 'UTC')}
        AND (empty({suppliers:Array(String)}) OR has({suppliers:Array(String)}, supplier))
) AS s
LEFT JOIN
(
    SELECT height, event_index, sumIf(upokt, op_reason IN (4, 7)) AS earned, sum(upokt) AS paid
    FROM reward_shares FINAL GROUP BY height, event_index
) AS shares USING (height, event_index)
GROUP BY key ORDER BY key LIMIT {limit:UInt32} OFFSET {offset:UInt32}`

// sqlRecipients: who was paid.
const sqlRecipients = `
SELECT %s AS key, count() AS shares, sumIf(upokt, op_reason IN (4, 7)) AS earned_upokt, sum(upokt) AS paid_upokt
FROM reward_shares FINAL
WHERE time >= {from:DateTime64(9, 'UTC')} AND time < {to:DateTime64(9, 'UTC')}
    AND (empty({suppliers:Array(String)}) OR has({suppliers:Array(String)}, supplier))
GROUP BY key ORDER BY key LIMIT {limit:UInt32} OFFSET {offset:UInt32}`

// earnings answers GET /v1/earnings.
func (s *Service) earnings(ctx context.Context, r *http.Request) (any, error) {
	q := params{values: r.URL.Query()}
	by := q.one("by", earningsBy, "supplier, service, application, session, day or recipient")
	page, args := q.page(), q.span()
	if q.err != nil {
		return nil, q.err
	}
	query := sqlEarnings
	if by == "recipient" {
		query = sqlRecipients
	}
	rows, err := records(ctx, s.conn, fmt.Sprintf(query, by), append(args, page.args()...)...)
	return page.list(rows, len(rows)), err
}
