package analytics

import (
	"context"
	"sync/atomic"
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
	rows    uint64
	took    time.Duration // of decoding and storing, over all writers
	storing time.Duration // of storing alone
}

// ingest stores all settlements as analytics does: it decodes events, as they are on the bus, and inserts their rows. What
// makes the events is not timed.
func (w world) ingest(ctx context.Context, conn driver.Conn, settlements uint64, say func(string, ...any)) (in ingest, err error) {
	var rows, decoding, storing atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for from := uint64(0); from < settlements; from += perInsert {
		group.Go(func() error {
			var parts []*chainv1.Events
			for n := from; n < min(from+perInsert, settlements); n += perSession {
				parts = append(parts, w.events(n, min(n+perSession, settlements)))
			}
			begun := time.Now()
			all, err := decode(parts)
			if err != nil {
				return err
			}
			decoded := time.Now()
			if err := analytics.Insert(ctx, conn, time.Minute, all); err != nil {
				return err
			}
			rows.Add(int64(len(all)))
			decoding.Add(int64(decoded.Sub(begun)))
			storing.Add(int64(time.Since(decoded)))
			return nil
		})
		if from/perInsert%20 == 0 {
			say("%d of %d settlements stored", from, settlements)
		}
	}
	err = group.Wait()
	in = ingest{rows: uint64(rows.Load()), storing: time.Duration(storing.Load() / writers)}
	in.took = in.storing + time.Duration(decoding.Load()/writers)
	return in, err
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
