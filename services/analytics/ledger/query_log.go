package ledger

import (
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// sqlKeys chooses the sessions. A log row is the first that is known of a session, a seal or an obligation can be all
// that is left of an old one.
const sqlKeys = `
SELECT session_id, supplier, any(application), any(service), max(end_height) AS ends, max(claim_open), max(units)
FROM
(
    SELECT session_id, supplier, application, service, end_height, claim_open_height AS claim_open, compute_units AS units
    FROM relays WHERE %[1]s
    GROUP BY ALL
    UNION ALL
    SELECT session_id, supplier, application, service, end_height, claim_open_height, compute_units_per_relay
    FROM sessions WHERE %[1]s
    UNION ALL
    SELECT session_id, supplier, application, service, end_height, 0, 0
    FROM obligations WHERE %[1]s
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

// sqlServed: a relayer incarnation numbers its relays of a session from 1 without a gap, so its highest number is how
// many it answered, and the distinct numbers are how many of them are in the log.
const sqlServed = `
SELECT session_id, supplier, sum(highest), sum(numbers)
FROM
(
    SELECT session_id, supplier, max(number) AS highest, uniqExact(number) AS numbers
    FROM relays FINAL WHERE session_id IN {sessions:Array(String)}
    GROUP BY session_id, supplier, relayer
)
GROUP BY session_id, supplier`

func (r *reader) served() {
	r.each("served", sqlServed, r.chosen, func(rows driver.Rows) error {
		var key Key
		var log Log
		if err := rows.Scan(&key.Session, &key.Supplier, &log.Served, &log.Numbers); err != nil {
			return err
		}
		if f := r.byKey[key]; f != nil {
			f.Log.Served, f.Log.Numbers = log.Served, log.Numbers
		}
		return nil
	})
}

// sqlCounts: entries up to the seal's log sequence are in the tree, later ones came too late. Without a seal
// (log_sequence 0 by the join) all are counted as if they were in it.
const sqlCounts = `
SELECT session_id, supplier,
    count(),
    countIf(NOT in_tree),
    countIf(in_tree AND NOT mined),
    countIf(in_tree AND mined),
    uniqExactIf(relay_hash, in_tree AND mined)
FROM
(
    SELECT session_id, supplier, mined, relay_hash, log_sequence = 0 OR stream_seq <= log_sequence AS in_tree
    FROM (SELECT * FROM relays FINAL WHERE session_id IN {sessions:Array(String)}) AS entries
    LEFT JOIN (SELECT session_id, supplier, log_sequence FROM sessions FINAL) AS seals USING (session_id, supplier)
)
GROUP BY session_id, supplier`

func (r *reader) counts() {
	r.each("log entries", sqlCounts, r.chosen, func(rows driver.Rows) error {
		var key Key
		var logged, late, filtered, below, distinct uint64
		if err := rows.Scan(&key.Session, &key.Supplier, &logged, &late, &filtered, &below, &distinct); err != nil {
			return err
		}
		if f := r.byKey[key]; f != nil {
			f.Log.Logged, f.Log.Late = logged, late
			f.Log.Counts = Counts{Mined: distinct, Filtered: filtered, Duplicate: below - distinct}
		}
		return nil
	})
}
