package ledger

import (
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// sqlKeys chooses the sessions. What was logged, or refused, is the first that is known of a session; a seal or an
// obligation can be all that is left of one before our index.
const sqlKeys = `
SELECT session_id, supplier, any(application), any(service), max(end_height) AS ends, max(claim_open), max(units)
FROM
(
    SELECT session_id, supplier, application, service, end_height, claim_open_height AS claim_open, compute_units AS units
    FROM session_logs WHERE %[1]s
    UNION ALL
    SELECT session_id, supplier, application, service, end_height, claim_open_height, compute_units_per_relay
    FROM sessions WHERE %[1]s
    UNION ALL
    SELECT session_id, supplier, application, service, end_height, 0, 0
    FROM obligations WHERE %[1]s
    UNION ALL
    SELECT session_id, supplier, application, service, end_height, 0, 0
    FROM refusals WHERE %[1]s AND session_id != ''
    GROUP BY ALL
)
GROUP BY session_id, supplier
HAVING %[2]s
ORDER BY ends DESC, session_id, supplier
LIMIT {limit:UInt32}`

// sqlTimes are the times of the sessions' last blocks, of those that the store has.
const sqlTimes = `SELECT height, time FROM blocks FINAL WHERE height IN {ends:Array(Int64)}`

func (r *reader) times() {
	at := map[int64]time.Time{}
	r.each("times of blocks", sqlTimes, r.chosen, func(rows driver.Rows) error {
		var height int64
		var when time.Time
		err := rows.Scan(&height, &when)
		at[height] = when.UTC()
		return err
	})
	for _, f := range r.facts {
		f.EndTime = at[f.EndHeight]
	}
}

const sqlLogs = `
SELECT session_id, supplier, served, numbers, logged, mined, filtered, duplicate, late
FROM session_logs FINAL WHERE session_id IN {sessions:Array(String)}`

func (r *reader) logs() {
	r.each("logs", sqlLogs, r.chosen, func(rows driver.Rows) error {
		var key Key
		var log Log
		if err := rows.Scan(&key.Session, &key.Supplier, &log.Served, &log.Numbers, &log.Logged, &log.Mined, &log.Filtered,
			&log.Duplicate, &log.Late); err != nil {
			return err
		}
		if f := r.byKey[key]; f != nil {
			f.Log = log
		}
		return nil
	})
}

const sqlRefused = `
SELECT session_id, supplier, cause, sum(relays) AS n
FROM refusals FINAL WHERE session_id IN {sessions:Array(String)}
GROUP BY session_id, supplier, cause
ORDER BY n DESC, cause`

func (r *reader) refused() {
	r.each("refusals", sqlRefused, r.chosen, func(rows driver.Rows) error {
		var key Key
		var refused Refusal
		if err := rows.Scan(&key.Session, &key.Supplier, &refused.Cause, &refused.Relays); err != nil {
			return err
		}
		if f := r.byKey[key]; f != nil {
			f.Refusals = append(f.Refusals, refused)
		}
		return nil
	})
}
