package analytics

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// sqlMix is world.mix of a number that is 2^63 greater.
const sqlMix = `
WITH bitXor(n, 9223372036854775808) + 1 AS next, next * 11400714819323198485 + {seed:UInt64} AS a, bitXor(a, bitShiftRight(a, 30)) * 13787848793156543929 AS b,
    bitXor(b, bitShiftRight(b, 27)) * 10723151780598845931 AS c, bitXor(c, bitShiftRight(c, 31)) AS r`

// sqlRollups are rows of relay_minutes from number to number, as world.rollup makes them. States of quantiles are made by the
// store, as they are when relays are summed.
const sqlRollups = `
INSERT INTO relay_minutes (minute, end_height, supplier, service, application, model, relayer, status, relays, mined, streamed, compute_units,
    request_bytes, response_bytes, prompt_tokens, completion_tokens, backend_ns, writing_ns, first_tokens, backend_sketch, first_token_sketch, built_at)` + sqlMix + `,
    intDiv(n, $ROWS) AS m, n % $ROWS AS slot, intDiv(slot, 2) AS s, slot % 2 AS v, intDiv(m, $MINUTES) AS e,
    1 + r % 4 AS k, 20000000 * (1 + bitShiftRight(r, 32) % 100) AS first,
    arrayMap(i -> toUInt64(first + i * 5000000), range(k)) AS took, arraySum(took) AS sum
SELECT toDateTime($BEGIN + m * 60, 'UTC'), (e + 1) * $BLOCKS, concat('pokt1supplier', leftPad(toString(s), 30, '0')), concat('model-', toString(v)),
    concat('pokt1application', leftPad(toString(((s * $SERVICES + v) * 7 + e) % $APPLICATIONS), 27, '0')), concat('model-', toString(v)),
    concat('relayer-', toString(slot % 3)), if(bitShiftRight(r, 8) % 64 = 0, 503, 200), k, k, 0, k * [1000, 1500][v + 1],
    k * 500, k * 1500, k * (50 + bitShiftRight(r, 16) % 400), k * (20 + bitShiftRight(r, 24) % 200), sum, sum, k,
    arrayReduce('quantilesBFloat16State(0.5)', took), arrayReduce('quantilesBFloat16IfState(0.5)', took, arrayMap(i -> toUInt8(1), took)), now64(9)
FROM (SELECT toUInt64({from:UInt64} + number) AS n FROM numbers({rows:UInt64}))`

// sqlHours is what analytics does for one session end, for all of a span of time.
const sqlHours = `
INSERT INTO relay_hours (minute, end_height, supplier, service, application, model, relayer, status, relays, mined, streamed, compute_units,
    request_bytes, response_bytes, prompt_tokens, completion_tokens, backend_ns, writing_ns, first_tokens, backend_sketch, first_token_sketch, built_at)
SELECT toStartOfHour(m.minute) AS hour, end_height, supplier, service, application, model, relayer, status, sum(m.relays), sum(m.mined), sum(m.streamed),
    sum(m.compute_units), sum(m.request_bytes), sum(m.response_bytes), sum(m.prompt_tokens), sum(m.completion_tokens), sum(m.backend_ns),
    sum(m.writing_ns), sum(m.first_tokens), quantilesBFloat16MergeState(0.5)(m.backend_sketch), quantilesBFloat16IfMergeState(0.5)(m.first_token_sketch), now64(9)
FROM relay_minutes AS m
WHERE minute >= toDateTime({from:Int64}, 'UTC') AND minute < toDateTime({to:Int64}, 'UTC')
GROUP BY hour, end_height, supplier, service, application, model, relayer, status`

var shape = strings.NewReplacer("$ROWS", fmt.Sprint(perMinute), "$MINUTES", fmt.Sprint(sessionMins), "$BEGIN", fmt.Sprint(begin.Unix()),
	"$BLOCKS", fmt.Sprint(sessionBlocks), "$SERVICES", fmt.Sprint(services), "$APPLICATIONS", fmt.Sprint(applications))

// rollups makes rows of relay_minutes, and the hours of them, a few days at a time.
func (w world) rollups(ctx context.Context, conn driver.Conn, rows uint64, say func(string, ...any)) error {
	const span = 5 * 24 * 60 // minutes
	for from := uint64(0); from < rows; from += span * perMinute {
		say("%d of %d rollups made", from, rows)
		part := min(span*perMinute, rows-from)
		if err := conn.Exec(ctx, shape.Replace(sqlRollups), named("seed", w.seed), named("from", from), named("rows", part)); err != nil {
			return fmt.Errorf("make rollups: %w", err)
		}
		at := begin.Add(time.Duration(from/perMinute) * time.Minute)
		if err := conn.Exec(ctx, sqlHours, named("from", at.Unix()), named("to", at.Add(span*time.Minute).Unix())); err != nil {
			return fmt.Errorf("sum rollups by hour: %w", err)
		}
	}
	return nil
}
