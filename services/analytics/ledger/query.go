package ledger

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Query returns the lines that filter chooses, newest session first, as of the last block in the store. The tables
// may be written meanwhile: a line is then a little older in one column than in another, and says so as a residue
// that is gone the next time.
func Query(ctx context.Context, conn driver.Conn, filter Filter) ([]Line, error) {
	height, err := Height(ctx, conn)
	if err != nil {
		return nil, err
	}
	facts, err := readFacts(ctx, conn, filter)
	if err != nil {
		return nil, err
	}
	lines := make([]Line, 0, len(facts))
	for _, f := range facts {
		lines = append(lines, Settle(*f, height))
	}
	return lines, nil
}

// Height is the last block in the store; 0 when there is none.
func Height(ctx context.Context, conn driver.Conn) (height int64, err error) {
	err = conn.QueryRow(ctx, "SELECT max(height) FROM blocks").Scan(&height)
	if err != nil {
		return 0, fmt.Errorf("read the last height: %w", err)
	}
	return height, nil
}

// readFacts collects what every source says about the chosen sessions.
func readFacts(ctx context.Context, conn driver.Conn, filter Filter) ([]*Facts, error) {
	r := &reader{ctx: ctx, conn: conn, byKey: map[Key]*Facts{}, byClaim: map[claimKey]*Facts{}}
	r.keys(filter)
	if r.err != nil || len(r.facts) == 0 {
		return nil, r.err
	}
	for _, read := range []func(){r.times, r.logs, r.refused, r.seals, r.obligations, r.claims, r.settlements, r.failures} {
		read()
	}
	return r.facts, r.err
}

// claimKey is how the chain's events name a claim.
type claimKey struct {
	supplier, application, service string
	end                            int64
}

// reader fills facts from one table after the other and keeps the first error.
type reader struct {
	ctx     context.Context
	conn    driver.Conn
	facts   []*Facts
	byKey   map[Key]*Facts
	byClaim map[claimKey]*Facts
	chosen  []any // query parameters that name the chosen sessions
	err     error
}

// each runs a query and hands its rows to scan.
func (r *reader) each(what, query string, args []any, scan func(driver.Rows) error) {
	if r.err != nil {
		return
	}
	rows, err := r.conn.Query(r.ctx, query, args...)
	if err != nil {
		r.err = fmt.Errorf("ledger: read %s: %w", what, err)
		return
	}
	for rows.Next() {
		if err := scan(rows); err != nil {
			r.err = fmt.Errorf("ledger: read %s: %w", what, err)
			break
		}
	}
	if err := rows.Close(); err != nil && r.err == nil {
		r.err = fmt.Errorf("ledger: read %s: %w", what, err)
	}
	if err := rows.Err(); err != nil && r.err == nil {
		r.err = fmt.Errorf("ledger: read %s: %w", what, err)
	}
}

// keys chooses the lines: every session that any of our services has said something about.
func (r *reader) keys(filter Filter) {
	r.each("keys", fmt.Sprintf(sqlKeys, filter.where(), filter.behind()), filter.args(), func(rows driver.Rows) error {
		f := &Facts{}
		if err := rows.Scan(&f.Session, &f.Supplier, &f.Application, &f.Service, &f.EndHeight, &f.ClaimOpenHeight, &f.UnitsPerRelay); err != nil {
			return err
		}
		r.facts = append(r.facts, f)
		r.byKey[f.Key] = f
		r.byClaim[claimKey{f.Supplier, f.Application, f.Service, f.EndHeight}] = f
		return nil
	})
	r.chosen = choose(r.facts)
}

// choose are the parameters sessions, suppliers and ends.
func choose(facts []*Facts) []any {
	sessions, suppliers, ends := set[string]{}, set[string]{}, set[int64]{}
	for _, f := range facts {
		sessions.add(f.Session)
		suppliers.add(f.Supplier)
		ends.add(f.EndHeight)
	}
	return []any{
		clickhouse.Named("sessions", sessions.list), clickhouse.Named("suppliers", suppliers.list), clickhouse.Named("ends", ends.list),
	}
}

// set is a list without repeats, in the order of first appearance.
type set[T comparable] struct {
	seen map[T]bool
	list []T
}

func (s *set[T]) add(v T) {
	if !s.seen[v] {
		if s.seen == nil {
			s.seen = map[T]bool{}
		}
		s.seen[v] = true
		s.list = append(s.list, v)
	}
}
