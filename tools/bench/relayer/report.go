package relayer

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"
)

// Figures is the last line of a run.
type Figures struct {
	Relays      float64 `json:"relays_per_s"`                // at saturation, load and relayer on the same processors
	CPU         float64 `json:"cpu_ms_per_relay"`            // of the relayer's process, at half of saturation
	AddedP50    float64 `json:"added_p50_ms"`                // to asking the backend directly, at half of saturation
	AddedP99    float64 `json:"added_p99_ms"`                // the same
	StreamAdded float64 `json:"stream_first_chunk_added_ms"` // median; 0: the relayer does not stream
	Messages    float64 `json:"websocket_messages_per_s"`    // over many WebSockets, each with one under way
	Lost        int     `json:"lost"`                        // answered relays that are not in the log
	Bad         int     `json:"bad_signatures"`              // responses that are not validly signed
}

// report collects the rows of the table, and what is said below it.
type report struct {
	rows    [][]string
	notes   []string
	halfP99 time.Duration
}

func (r *report) add(what string, o outcome) {
	ms := func(q int) string { return fmt.Sprintf("%.2f", milliseconds(o.quantiles[q])) }
	cpu := ""
	if o.used.cpu > 0 && o.ok > 0 {
		cpu = fmt.Sprintf("%.3f", milliseconds(o.used.cpu)/float64(o.ok))
	}
	r.rows = append(r.rows, []string{what, fmt.Sprintf("%.0f", o.offered), fmt.Sprintf("%.0f", o.answered), fmt.Sprint(o.refused), fmt.Sprint(o.other), fmt.Sprint(o.unsent), ms(500), ms(990), ms(999), cpu})
}

func (r *report) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

func (r *report) write(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "what\toffered/s\tanswered/s\tshed\tother\tunsent\tp50 ms\tp99 ms\tp99.9 ms\tCPU ms/relay")
	for _, row := range r.rows {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(table, "\t")
			}
			fmt.Fprint(table, cell)
		}
		fmt.Fprintln(table)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, note := range r.notes {
		fmt.Fprintln(w, note)
	}
	return nil
}

func (f Figures) write(w io.Writer) error { return json.NewEncoder(w).Encode(f) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// rounded keeps three digits behind the point.
func rounded(v float64) float64 { return math.Round(v*1000) / 1000 }
