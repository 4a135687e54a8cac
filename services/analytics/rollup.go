package analytics

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/lodeworks/lode/services/kit/ch"
)

// markRow is a row of table relay_marks: a session that got rows in relays, or its seal. The store's clock says when.
type markRow struct {
	EndHeight int64  `ch:"end_height"`
	SessionID string `ch:"session_id"`
}

func (*markRow) Table() string { return "relay_marks" }

// marksOf names each session of the rows once.
func marksOf(rows []ch.Row) (marks []ch.Row) {
	known := map[markRow]bool{}
	for _, row := range rows {
		var mark markRow
		switch r := row.(type) {
		case *relayRow:
			mark = markRow{r.EndHeight, r.SessionID}
		case *sessionRow:
			mark = markRow{r.EndHeight, r.SessionID}
		default:
			continue
		}
		if !known[mark] {
			known[mark] = true
			marks = append(marks, &mark)
		}
	}
	return marks
}

// clockSlack is the most by which two servers of one store may differ in time, and more than a mark can be under way.
const clockSlack = 60

// sqlDue are the session ends with marks that their last sums may not have, oldest first.
const sqlDue = `
SELECT end_height
FROM (SELECT end_height, max(marked_at) AS marked FROM relay_marks GROUP BY end_height) AS marks
LEFT JOIN (SELECT end_height, max(built_at) AS built FROM rollups GROUP BY end_height) AS builds USING (end_height)
WHERE marked + INTERVAL {slack:UInt32} SECOND > built
ORDER BY end_height LIMIT 100`

// sqlMinutes sums the relays of one session end. All of them are read, so the sums do not depend on what was summed before;
// of two rows with one key that of more relays is the right one.
const sqlMinutes = `
INSERT INTO relay_minutes
SELECT minute, end_height, supplier, service, application, model, relayer, status, cut, finish_reason, gateway, gateway_by, backend, region,
    count(), countIf(mined), countIf(streamed), countIf(NOT usage_known), sum(units), sum(sent), sum(received),
    sum(prompt), sum(completion), sum(cached), sum(reasoning), sum(took), sumIf(took, completion > 0), countIf(first > 0),
    quantilesBFloat16State(0.5)(took), quantilesBFloat16IfState(0.5)(first, first > 0), {built:DateTime64(9, 'UTC')}
FROM
(
    SELECT toStartOfMinute(toDateTime(served_at, 'UTC')) AS minute, end_height, supplier, service, application, model, relayer, status,
        truncated AS cut, finish_reason, gateway, gateway_by, backend, region, mined, streamed, usage_known, compute_units AS units, request_bytes AS sent,
        response_bytes AS received, prompt_tokens AS prompt, completion_tokens AS completion, cached_prompt_tokens AS cached,
        reasoning_tokens AS reasoning, backend_ns AS took, first_token_ns AS first
    FROM relays FINAL
    WHERE end_height = {end:Int64} AND session_id IN (SELECT session_id FROM relay_marks WHERE end_height = {end:Int64})
)
GROUP BY minute, end_height, supplier, service, application, model, relayer, status, cut, finish_reason, gateway, gateway_by, backend, region`

// sqlHours sums the minutes of one session end.
const sqlHours = `
INSERT INTO relay_hours
SELECT toStartOfHour(m.minute) AS hour, end_height, supplier, service, application, model, relayer, status, truncated, finish_reason,
    gateway, gateway_by, backend, region, sum(m.relays), sum(m.mined), sum(m.streamed), sum(m.usage_unknown), sum(m.compute_units), sum(m.request_bytes), sum(m.response_bytes),
    sum(m.prompt_tokens), sum(m.completion_tokens), sum(m.cached_prompt_tokens), sum(m.reasoning_tokens),
    sum(m.backend_ns), sum(m.writing_ns), sum(m.first_tokens),
    quantilesBFloat16MergeState(0.5)(m.backend_sketch), quantilesBFloat16IfMergeState(0.5)(m.first_token_sketch), {built:DateTime64(9, 'UTC')}
FROM (SELECT * FROM relay_minutes FINAL WHERE end_height = {end:Int64}) AS m
GROUP BY hour, end_height, supplier, service, application, model, relayer, status, truncated, finish_reason, gateway, gateway_by, backend, region`

const sqlBuilt = `INSERT INTO rollups SELECT {end:Int64}, {built:DateTime64(9, 'UTC')}`

// rests is how many times as long as a round took there is none; tests wait less.
var rests = 9

// rollUp keeps the sums by minute and hour behind the relays until ctx ends. It takes at most a tenth of its time.
func (s *Service) rollUp(ctx context.Context) error {
	for ctx.Err() == nil {
		started := time.Now()
		if err := s.rollUpDue(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("relays were not summed, it is tried again", "err", err)
		}
		pause(ctx, max(s.cfg.RollupEvery, time.Duration(rests)*time.Since(started)))
	}
	return ctx.Err()
}

// rollUpDue sums every session end that is due.
func (s *Service) rollUpDue(ctx context.Context) error {
	var ends []struct {
		EndHeight int64 `ch:"end_height"`
	}
	if err := ch.Catch(ctx, s.conn, s.cfg.ClickHouse, "relay_marks"); err != nil {
		return err
	}
	if err := s.conn.Select(ctx, &ends, sqlDue, clickhouse.Named("slack", clockSlack)); err != nil {
		return fmt.Errorf("ask which relays are to be summed: %w", err)
	}
	for _, end := range ends {
		if err := s.rollUpEnd(ctx, end.EndHeight); err != nil {
			return err
		}
	}
	return nil
}

// rollUpEnd sums the relays of one session end. The time of the build is the store's before it reads: marks of later
// rows are later.
func (s *Service) rollUpEnd(ctx context.Context, end int64) error {
	started := time.Now()
	var built time.Time
	if err := s.conn.QueryRow(ctx, "SELECT now64(9, 'UTC')").Scan(&built); err != nil {
		return fmt.Errorf("ask for the store's time: %w", err)
	}
	for _, table := range []string{"relays", "sessions"} { // a mark comes after what it marks, on another replica perhaps before
		if err := ch.Catch(ctx, s.conn, s.cfg.ClickHouse, table); err != nil {
			return err
		}
	}
	for _, query := range []string{sqlMinutes, sqlHours, sqlSessionLogs, sqlBuilt} {
		err := s.conn.Exec(ctx, query, clickhouse.Named("end", end), clickhouse.DateNamed("built", built, clickhouse.NanoSeconds))
		if err != nil {
			return fmt.Errorf("sum the relays of sessions that end at %d: %w", end, err)
		}
	}
	s.metrics.rollup.Observe(time.Since(started).Seconds())
	return nil
}
