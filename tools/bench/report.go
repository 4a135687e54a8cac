package bench

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
)

// report collects the rows of the table, and what is said below it.
type report struct {
	rows  []row
	notes []string
}

// row is a line of the table.
type row struct {
	what     string
	ours     cost
	official string // the library of the other side; empty if there is none
	theirs   cost
}

// add adds a row that compares two costs.
func (r *report) add(what string, ours cost, official string, theirs cost) {
	r.rows = append(r.rows, row{what, ours, official, theirs})
}

// alone adds a row of ours for which no official library does the same.
func (r *report) alone(what string, ours cost) { r.add(what, ours, "", cost{}) }

// note adds a line below the table.
func (r *report) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

func (r *report) write(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "what\tns/op\tB/op\tallocs/op\tratio\tofficial\tns/op\tB/op\tallocs/op")
	for _, l := range r.rows {
		if l.official == "" {
			fmt.Fprintf(table, "%s\t%s\t\t\t\t\t\n", l.what, l.ours.columns())
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%.1f\t%s\t%s\n", l.what, l.ours.columns(), l.ours.times(l.theirs), l.official, l.theirs.columns())
	}
	for _, note := range r.notes {
		fmt.Fprintf(table, "\n%s", note)
	}
	fmt.Fprintln(table)
	return table.Flush()
}

// columns are time, bytes and allocations, the last two as `go test` rounds them.
func (c cost) columns() string {
	return fmt.Sprintf("%.0f\t%.0f\t%.0f", c.nanoseconds, math.Floor(c.bytes), math.Floor(c.allocations))
}
