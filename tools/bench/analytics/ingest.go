package analytics

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"golang.org/x/sync/errgroup"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/analytics"
	"github.com/lodeworks/lode/services/kit/ch"
)

// Of an ingest: settlements in one insert, which is 256 messages or less of a backfill, and how many inserts go on at once.
const (
	perInsert = 20 * perSession
	writers   = 2
)

// ingest is what storing took.
type ingest struct {
	rows              uint64
	decoding, storing time.Duration
}

// ingest stores all settlements as analytics does: it decodes events, as they are on the bus, and inserts their rows. What
// makes the events is not timed; decoding and inserting are timed apart, all writers at once.
func (w world) ingest(ctx context.Context, conn driver.Conn, settlements uint64, say func(string, ...any)) (in ingest, err error) {
	for from := uint64(0); from < settlements; from += writers * perInsert {
		var parts [writers][]*chainv1.Events
		var rows [writers][]ch.Row
		w.each(&err, func(i uint64) error {
			begin := from + i*perInsert
			for n := begin; n < min(begin+perInsert, settlements); n += perSession {
				parts[i] = append(parts[i], w.events(n, min(n+perSession, settlements)))
			}
			return nil
		})
		in.decoding += w.each(&err, func(i uint64) (err error) {
			rows[i], err = decode(parts[i])
			return err
		})
		in.storing += w.each(&err, func(i uint64) error { return analytics.Insert(ctx, conn, time.Minute, rows[i]) })
		if err != nil {
			return in, err
		}
		for _, list := range rows {
			in.rows += uint64(len(list))
		}
		if from/perInsert%20 == 0 {
			say("%d of %d settlements stored", from, settlements)
		}
	}
	return in, nil
}

// each does a step of all writers at once, unless there is an error already, and returns how long it took.
func (world) each(err *error, step func(writer uint64) error) time.Duration {
	if *err != nil {
		return 0
	}
	begun := time.Now()
	var group errgroup.Group
	for i := range uint64(writers) {
		group.Go(func() error { return step(i) })
	}
	*err = group.Wait()
	return time.Since(begun)
}

func decode(parts []*chainv1.Events) (rows []ch.Row, err error) {
	for _, part := range parts {
		more, err := analytics.RowsOf(part)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}
