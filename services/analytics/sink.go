package analytics

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/ch"
	"github.com/lodeworks/lode/services/kit/run"
)

// sink is one durable consumer on its way to ClickHouse.
type sink struct {
	durable bus.Durable
	// rows turns a message into rows; it is pure. Rows that come with an error are stored all the same, and the
	// message goes to DEAD.
	rows  func(bus.Msg) ([]ch.Row, error)
	probe *run.Probe
}

// ackWait is how soon another process gets the messages of one that was killed. An insert may take longer: then its
// messages come again, and replace equal rows.
const ackWait = 10 * time.Second

// consume stores the durable's messages in batches until ctx ends. A message is acknowledged after ClickHouse has
// acknowledged its rows; what is delivered again replaces equal rows.
func (s *Service) consume(ctx context.Context, k sink) error {
	k.durable.AckWait = ackWait
	return s.bus.ConsumeBatches(ctx, k.durable, s.cfg.BatchMessages, func(ctx context.Context, msgs []bus.Msg) error {
		started := time.Now()
		rows, err := s.decode(ctx, k, msgs)
		if err != nil {
			return err
		}
		if err := Insert(ctx, s.conn, s.cfg.ClickHouse.Timeout, rows); err != nil {
			s.metrics.failures.WithLabelValues(k.durable.Name).Inc()
			return bus.Retry(err, s.cfg.RetryAfter)
		}
		k.probe.Beat()
		last := msgs[len(msgs)-1]
		s.metrics.stored(k.durable.Name, len(msgs), len(rows), last, time.Since(started))
		if last.Pending == 0 {
			pause(ctx, s.cfg.FlushEvery-time.Since(started)) // few large inserts instead of many small ones
		}
		return nil
	})
}

// decode returns the rows of all messages that can be understood and buries the others.
func (s *Service) decode(ctx context.Context, k sink, msgs []bus.Msg) (all []ch.Row, err error) {
	for _, m := range msgs {
		rows, err := k.rows(m)
		all = append(all, rows...)
		if err == nil {
			continue
		}
		s.metrics.poison.WithLabelValues(k.durable.Name).Inc()
		s.log.Error("message is not understood", "subject", m.Subject, "stream_seq", m.Sequence, "err", err)
		if err := s.bus.Bury(ctx, k.durable.Stream, m, err); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Insert stores rows within the timeout; what is stored again replaces equal rows. Marks come after the relays and
// seals that they are of.
func Insert(ctx context.Context, conn driver.Conn, timeout time.Duration, rows []ch.Row) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := ch.Insert(ctx, conn, rows); err != nil {
		return err
	}
	return ch.Insert(ctx, conn, marksOf(rows))
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
