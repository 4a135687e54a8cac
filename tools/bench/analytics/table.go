package analytics

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
)

// table is an answer: sums by the values of the groups, joined with spaces.
type table map[string]*line

// line is one row of an answer.
type line struct {
	sums  map[string]*big.Int
	times []uint64 // ns, of which the quantiles are asked
}

func (t table) at(groups ...string) *line {
	key := strings.Join(groups, " ")
	if t[key] == nil {
		t[key] = &line{sums: map[string]*big.Int{}}
	}
	return t[key]
}

func (l *line) add(column string, n uint64) {
	if l.sums[column] == nil {
		l.sums[column] = new(big.Int)
	}
	l.sums[column].Add(l.sums[column], new(big.Int).SetUint64(n))
}

// check compares an answer's rows with the table: sums to the unit, quantiles to a percent below the two values that they lie between, and no row more or less.
func (t table) check(groups []string, rows []json.RawMessage) error {
	if len(rows) != len(t) {
		return fmt.Errorf("%d rows, not %d", len(rows), len(t))
	}
	for _, raw := range rows {
		var row map[string]json.RawMessage
		if err := json.Unmarshal(raw, &row); err != nil {
			return err
		}
		var key []string
		for _, g := range groups {
			key = append(key, strings.Trim(string(row[g]), `"`))
		}
		want := t[strings.Join(key, " ")]
		if want == nil {
			return fmt.Errorf("there is no row %v", key)
		}
		if err := want.check(row); err != nil {
			return fmt.Errorf("row %v: %w", key, err)
		}
	}
	return nil
}

func (l *line) check(row map[string]json.RawMessage) error {
	for column, want := range l.sums {
		if got := strings.Trim(string(row[column]), `"`); got != want.String() {
			return fmt.Errorf("%s is %s, not %s", column, got, want)
		}
	}
	if len(l.times) == 0 {
		return nil
	}
	slices.Sort(l.times)
	for column, level := range map[string]float64{"backend_ms_p50": 0.5, "backend_ms_p95": 0.95, "backend_ms_p99": 0.99} {
		var got float64
		if err := json.Unmarshal(row[column], &got); err != nil {
			return fmt.Errorf("%s: %w", column, err)
		}
		last := float64(len(l.times) - 1)
		low, high := l.times[int(level*last)], l.times[int(min(math.Ceil(level*(last+1)), last))]
		if got < float64(low)/1e6*0.99 || got > float64(high)/1e6 {
			return fmt.Errorf("%s is %g, not within %g and %g", column, got, float64(low)/1e6, float64(high)/1e6)
		}
	}
	return nil
}
