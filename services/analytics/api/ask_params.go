package api

// Parameters: where a reading differs from the one before, and updates by transactions. What sessions are made by, the
// modules shared and session, counts from the next session on, all else at once.
//
// Sessions lie on a grid that begins anew whenever their length changes: a grid is (first block, blocks of a session), and
// with it goes the one that follows, of which it is known from the update on. An update of any shared parameter before that
// takes the change back, for it is made of what is in force. Readings say the grid in force after their block. stepped is
// one of both: (height, 1 for a reading, blocks or 0 when the update says none, first block).
const sqlParams = `
WITH
    (g, h) -> if(g.4 > 0 AND g.3 <= h, (g.3, g.4), (g.1, g.2)) AS in_force,
    (e, h) -> e.1 + (intDiv(h - e.1, greatest(e.2, 1)) + 1) * e.2 AS next_start,
    (e, n, h) -> if(n > 0 AND e.2 > 0 AND n != e.2, (e.1, e.2, next_start(e, h), n), (e.1, e.2, toInt64(0), toInt64(0))) AS updated,
    (g, e) -> if(e.2 = 1, if(g.3 > e.1, (e.4, e.3, g.3, g.4), (e.4, e.3, toInt64(0), toInt64(0))), updated(in_force(g, e.1), e.3, e.1)) AS stepped,
    (
        SELECT arraySort(e -> (e.1, e.2, e.5, e.6, e.7), groupArray((height, is_reading, blocks, first, tx_index, msg_index, inner)))
        FROM
        (
            SELECT height, toUInt8(1) AS is_reading, toInt64OrZero(trim(BOTH '"' FROM maxIf(value, name = 'num_blocks_per_session'))) AS blocks,
                greatest(1, toInt64OrZero(trim(BOTH '"' FROM maxIf(value, name = 'session_grid_anchor_height')))) AS first,
                toUInt32(0) AS tx_index, toUInt32(0) AS msg_index, toUInt32(0) AS inner
            FROM params_seen WHERE module = 'shared' GROUP BY height HAVING blocks > 0
            UNION ALL
            SELECT height, toUInt8(0), toInt64OrZero(trim(BOTH '"' FROM maxIf(value, name = 'num_blocks_per_session'))), toInt64(0), tx_index, msg_index, inner
            FROM param_updates WHERE module = 'shared' GROUP BY height, tx_index, msg_index, inner
        )
    ) AS grid_events,
    arrayFirst(e -> e.2 = 1, grid_events) AS first_reading,
    (toInt64(1), if(first_reading.4 = 1, first_reading.3, toInt64(0)), toInt64(0), toInt64(0)) AS first_grid
SELECT module, name, height, source, time, previous, value,
    in_force(arrayFold((g, e) -> stepped(g, e), arrayFilter(e -> e.1 < height, grid_events), first_grid), height) AS grid,
    multiIf(source = 'state' OR module NOT IN ('shared', 'session'), height, grid.2 = 0, NULL, next_start(grid, height)) AS effective_height
FROM
(
    SELECT module, name, height, 'state' AS source, time, lagInFrame(value, 1, '') OVER w AS previous, value
    FROM params_seen FINAL WINDOW w AS (PARTITION BY module, name ORDER BY height ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    UNION ALL
    SELECT module, name, height, 'update', time, '', value FROM param_updates FINAL
)
WHERE (source = 'update' OR value != previous) AND $WHERE`

// sqlParamsShown leaves out how it was worked out.
const sqlParamsShown = `SELECT * EXCEPT (grid) FROM (` + sqlParams + `)`
