package hasher

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/lodeworks/lode/tools/process"
)

// Figures is the last line of a run. Relays a second are those of the whole machine doing all of it.
type Figures struct {
	Relays1       float64 `json:"relays_per_s_1"`           // one hasher, sync each second
	Relays2       float64 `json:"relays_per_s_2"`           // two
	Scaling       float64 `json:"scaling"`                  // of what waits in the log, from one to two hashers on a processor each
	Always        float64 `json:"relays_per_s_sync_always"` // one hasher, every message synced
	RedisEverysec float64 `json:"redis_everysec"`           // relays a second
	RedisAlways   float64 `json:"redis_always"`
	RatioRedis    float64 `json:"ratio_redis_always"`
	Restart       float64 `json:"restart_seconds_1m"` // after it was stopped
	Handover      float64 `json:"handover_seconds"`
	BytesPerLeaf  float64 `json:"bytes_per_leaf"` // growth of the resident memory while folding
}

// Beside is what else was measured: the line before the last.
type Beside struct {
	ScalingLive    float64 `json:"scaling_live"`    // relays_per_s_2 to relays_per_s_1
	ScalingLimited float64 `json:"scaling_limited"` // as scaling, with a share of a processor for each hasher; 0: not measured
	Share          float64 `json:"limited_share"`
	Backlog1       float64 `json:"backlog_per_s_1"`
	Backlog2       float64 `json:"backlog_per_s_2"`
	Limited1       float64 `json:"limited_per_s_1"`
	Limited2       float64 `json:"limited_per_s_2"`
	Always2        float64 `json:"relays_per_s_sync_always_2"`
	RestartKilled  float64 `json:"restart_seconds_1m_killed"`
	BytesLoaded    float64 `json:"bytes_per_leaf_restarted"`
	PublisherCost  float64 `json:"publisher_us_per_relay"` // processor time, alone with the bus
}

// row is one measurement, with the processor time that each process used during it.
type row struct {
	what      string
	relays    int
	took      time.Duration
	publisher time.Duration
	server    time.Duration
	hashers   []time.Duration
	machine   time.Duration // of everything on the machine
	note      string
}

func (r row) rate() float64 { return float64(r.relays) / r.took.Seconds() }

// ours is the processor time of all that belongs to the measurement.
func (r row) ours() time.Duration {
	total := r.publisher + r.server
	for _, h := range r.hashers {
		total += h
	}
	return total
}

// cost is processor time for each relay, in µs.
func (r row) cost(d ...time.Duration) string {
	var total time.Duration
	for _, one := range d {
		total += one
	}
	return fmt.Sprintf("%.2f", float64(total.Nanoseconds())/1000/float64(max(1, r.relays)))
}

// bound names what was used up.
func (r row) bound() string {
	const nearly = 0.9
	var busy []string
	for i, h := range r.hashers {
		if h.Seconds() > nearly*r.took.Seconds() {
			busy = append(busy, fmt.Sprint("hasher ", i+1))
		}
	}
	all := r.took.Seconds() * float64(runtime.NumCPU()) / 100
	if r.machine.Seconds() > nearly*100*all {
		busy = append(busy, "all processors")
	}
	if len(busy) == 0 {
		busy = append(busy, "waiting")
	}
	others := max(0, (r.machine-r.ours()).Seconds()/all)
	return fmt.Sprintf("%s (%.0f %% of %d CPUs, others %.0f %%)", strings.Join(busy, ", "), r.ours().Seconds()/all, runtime.NumCPU(), others)
}

// watch is the beginning of a row.
type watch struct {
	scene *scene
	begin time.Time
	cpu   row
}

func (s *scene) watch() (watch, error) {
	w := watch{scene: s, begin: time.Now()}
	var err error
	w.cpu, err = s.used()
	return w, err
}

// used is the processor time of each process until now.
func (s *scene) used() (r row, err error) {
	if r.publisher, err = process.CPU(os.Getpid()); err != nil {
		return r, err
	}
	if r.server, err = s.server.CPU(); err != nil {
		return r, err
	}
	if r.machine, err = process.Machine(); err != nil {
		return r, err
	}
	for _, h := range s.hashers {
		used, err := h.CPU()
		if err != nil {
			return r, err
		}
		r.hashers = append(r.hashers, used)
	}
	return r, nil
}

// until is the row that ends now.
func (w watch) until(what string, relays int) (row, error) { return w.row(what, relays, time.Now()) }

// row is the row that ended a moment ago.
func (w watch) row(what string, relays int, at time.Time) (row, error) {
	r, err := w.scene.used()
	if err != nil {
		return row{}, err
	}
	r.what, r.relays, r.took = what, relays, at.Sub(w.begin)
	r.publisher -= w.cpu.publisher
	r.server -= w.cpu.server
	r.machine -= w.cpu.machine
	for i := range r.hashers {
		r.hashers[i] -= w.cpu.hashers[i]
	}
	return r, nil
}

// report collects the rows of the table, and what is said below it.
type report struct {
	rows  []row
	notes []string
}

func (r *report) add(row row) { r.rows = append(r.rows, row) }

func (r *report) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

func (r *report) write(w io.Writer, beside Beside, figures Figures) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "what\trelays\tseconds\trelays/s\tCPU s: publisher\tserver\thashers\tµs/relay: publisher\tserver\thashers\tbound by\t")
	for _, row := range r.rows {
		var each []string
		for _, h := range row.hashers {
			each = append(each, fmt.Sprintf("%.1f", h.Seconds()))
		}
		fmt.Fprintf(table, "%s\t%d\t%.1f\t%.0f\t%.1f\t%.1f\t%s\t%s\t%s\t%s\t%s\t%s\n", row.what, row.relays, row.took.Seconds(), row.rate(),
			row.publisher.Seconds(), row.server.Seconds(), strings.Join(each, " + "),
			row.cost(row.publisher), row.cost(row.server), row.cost(row.hashers...), row.bound(), row.note)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, note := range r.notes {
		fmt.Fprintln(w, note)
	}
	if err := json.NewEncoder(w).Encode(beside); err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(figures)
}

// rounded keeps three digits behind the point.
func rounded(v float64) float64 { return math.Round(v*1000) / 1000 }

// ratio is 0 when there is nothing to compare with.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return rounded(a / b)
}
