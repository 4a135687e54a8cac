package analytics

// sqlSessionLogs counts the relays of each session and supplier of one session end, as the ledger needs them.
//
// A relayer incarnation numbers its relays of a session from 1 without a gap, so its highest number is how many it
// answered, and the distinct numbers are how many of them are in the log. Entries up to the seal's log sequence are in the
// tree, later ones came too late; without a seal, which the join says as log sequence 0, all are counted as if they were in
// it.
const sqlSessionLogs = `
INSERT INTO session_logs
SELECT session_id, supplier, any(app), any(svc), any(starts), any(ends), any(opens), any(units),
    sum(highest), sum(numbered), sum(entries), uniqExactIfMerge(hashes) AS leaves, sum(above), sum(below) - leaves, sum(behind),
    max(sealed), sum(entries) * 2 + if(max(sealed) > 0, 1, 0), {built:DateTime64(9, 'UTC')}
FROM
(
    SELECT session_id, supplier, relayer, any(application) AS app, any(service) AS svc, any(start_height) AS starts, any(end_height) AS ends,
        any(claim_open_height) AS opens, any(compute_units) AS units, max(number) AS highest, uniqExact(number) AS numbered, count() AS entries,
        uniqExactIfState(relay_hash, in_tree AND mined) AS hashes, countIf(in_tree AND NOT mined) AS above, countIf(in_tree AND mined) AS below,
        countIf(NOT in_tree) AS behind, max(log_sequence) AS sealed
    FROM
    (
        SELECT *, log_sequence = 0 OR stream_seq <= log_sequence AS in_tree
        FROM
        (
            SELECT session_id, supplier, application, service, start_height, end_height, claim_open_height, compute_units, relayer, number,
                relay_hash, mined, stream_seq
            FROM relays FINAL
            WHERE end_height = {end:Int64} AND session_id IN (SELECT session_id FROM relay_marks WHERE end_height = {end:Int64})
        ) AS entries
        LEFT JOIN (SELECT session_id, supplier, log_sequence FROM sessions FINAL WHERE end_height = {end:Int64}) AS seals USING (session_id, supplier)
    )
    GROUP BY session_id, supplier, relayer
)
GROUP BY session_id, supplier`
