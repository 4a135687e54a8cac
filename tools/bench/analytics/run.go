package analytics

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/lodeworks/lode/services/analytics"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/ch"
	"github.com/lodeworks/lode/tools/analyticsapi"
	"github.com/lodeworks/lode/tools/bench/indexer"
	"github.com/lodeworks/lode/tools/process"
)

// Config says what is measured.
type Config struct {
	Bin      string // folder of the built programs
	Dir      string // state, removed at the end unless it is named
	Seed     uint64
	Sessions uint64 // session ends, each with 285 settlements
	Rollups  uint64 // rows of relay_minutes
	Rounds   int    // of all questions
	Indexer  bool   // measure the backfill, too
	Within   time.Duration
}

// Full is five million settlements and fifty million rows of rollups.
func Full() Config {
	return Config{Bin: "bin", Seed: 1, Sessions: 17_544, Rollups: 50_000_064, Rounds: 20, Indexer: true, Within: 2 * time.Hour}
}

// Figures is the last line of a run.
type Figures struct {
	IngestRowsPerS     float64 `json:"ingest_rows_per_s"` // by the inserter: rows in memory until the store has acknowledged them
	BackfillBlocksPerS float64 `json:"backfill_blocks_per_s"`
	QueryP95ms         float64 `json:"query_p95_ms"` // of all answers
	BytesPerSettlement float64 `json:"bytes_per_settlement"`
	QueryP50ms         float64 `json:"query_p50_ms"`
	StoredRowsPerS     float64 `json:"stored_rows_per_s"` // with the decoding of events
	Rows               uint64  `json:"rows"`
	Settlements        uint64  `json:"settlements"`
	Rollups            uint64  `json:"rollups"`
	Seed               uint64  `json:"seed"`
}

func named(name string, value any) driver.NamedValue { return clickhouse.Named(name, value) }

// Run measures, and writes what was seen to w, last as one line of JSON. It tells progress what it is at.
func Run(ctx context.Context, cfg Config, w, progress io.Writer) (err error) {
	ctx, cancel := context.WithTimeout(ctx, cfg.Within)
	defer cancel()
	dir := cfg.Dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "bench-analytics"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	f := Figures{Seed: cfg.Seed, Settlements: cfg.Sessions * perSession, Rollups: cfg.Rollups}
	if err := cfg.backfill(ctx, &f, w, progress); err != nil {
		return err
	}
	if err := cfg.store(ctx, dir, &f, w, progress); err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(f)
}

// backfill is measured by the indexer's own bench.
func (c Config) backfill(ctx context.Context, f *Figures, w, progress io.Writer) error {
	if !c.Indexer {
		return nil
	}
	cfg := indexer.Full()
	cfg.Bin = c.Bin
	seen, err := indexer.Measure(ctx, cfg, w, progress)
	f.BackfillBlocksPerS = seen.BlocksPerS
	return err
}

// store fills a new store and asks it.
func (c Config) store(ctx context.Context, dir string, f *Figures, w, progress io.Writer) (err error) {
	say := func(format string, args ...any) { fmt.Fprintf(progress, format+"\n", args...) }
	s, err := c.scene(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	h := history{world{c.Seed}, c.Sessions, c.Rollups}
	in, err := h.ingest(ctx, s.conn, f.Settlements, say)
	if err != nil {
		return err
	}
	f.Rows = in.rows
	f.IngestRowsPerS = math.Round(float64(in.rows) / in.storing.Seconds())
	f.StoredRowsPerS = math.Round(float64(in.rows) / (in.decoding + in.storing).Seconds())
	fmt.Fprintf(w, "%d rows of %d settlements: %.0f rows/s inserted, %.0f with decoding\n", in.rows, f.Settlements, f.IngestRowsPerS, f.StoredRowsPerS)
	if err := h.rollups(ctx, s.conn, c.Rollups, say); err != nil {
		return err
	}
	if err := s.calm(ctx, say); err != nil {
		return err
	}
	if f.BytesPerSettlement, err = s.sizes(ctx, w, f.Settlements); err != nil {
		return err
	}
	timings, err := h.ask(ctx, s.api, questions, c.Rounds, say)
	if err != nil {
		return err
	}
	f.report(w, timings)
	all, err := h.ask(ctx, s.api, []question{whole}, 3, say)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%-50s %10.1f            not among the twelve\n", whole.name, ms(quantile(all[0].took, 0.5)))
	return nil
}

func ms(d time.Duration) float64 { return math.Round(float64(d.Microseconds())/10) / 100 }

// report prints a line for each question, and what all answers took.
func (f *Figures) report(w io.Writer, timings []timing) {
	var all []time.Duration
	fmt.Fprintf(w, "%-50s %10s %10s\n", "every answer as the reference has it", "p50 ms", "p95 ms")
	for _, t := range timings {
		fmt.Fprintf(w, "%-50s %10.1f %10.1f\n", t.name, ms(quantile(t.took, 0.5)), ms(quantile(t.took, 0.95)))
		all = append(all, t.took...)
	}
	f.QueryP50ms, f.QueryP95ms = ms(quantile(all, 0.5)), ms(quantile(all, 0.95))
}

// scene is a store and the analytics service beside it.
type scene struct {
	conn driver.Conn
	api  *analyticsapi.Client
	ends []func() error
}

func (s *scene) end() (err error) {
	for i := len(s.ends) - 1; i >= 0; i-- {
		err = errors.Join(err, s.ends[i]())
	}
	return err
}

func (c Config) scene(ctx context.Context, dir string) (s *scene, err error) {
	s = &scene{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.end())
		}
	}()
	var free [3]string
	for i := range free {
		if free[i], err = process.FreeAddress(); err != nil {
			return nil, err
		}
	}
	store, answers, observe := free[0], free[1], free[2]
	engine, err := process.Start(ctx, process.Options{Program: filepath.Join(c.Bin, "chlocal"), Args: []string{"-data", filepath.Join(dir, "clickhouse"), "-listen", store}})
	if err != nil {
		return nil, err
	}
	s.ends = append(s.ends, engine.Stop)
	cfg := ch.Default()
	cfg.DSN = "http://" + store + "/default"
	if s.conn, err = ch.Connect(ctx, cfg, slog.New(slog.DiscardHandler)); err != nil {
		return nil, err
	}
	s.ends = append(s.ends, s.conn.Close)
	if err := analytics.Migrate(ctx, cfg, slog.New(slog.DiscardHandler)); err != nil {
		return nil, err
	}
	server, err := bus.Embedded(filepath.Join(dir, "bus"), -1)
	if err != nil {
		return nil, err
	}
	s.ends = append(s.ends, func() error { server.Shutdown(); server.WaitForShutdown(); return nil })
	b, err := bus.Connect(ctx, bus.Config{URL: server.ClientURL()}, "topology", slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer b.Close()
	if err := b.Apply(ctx, 1); err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "analytics.yaml")
	text := fmt.Sprintf("observe: {listen: %q}\nbus: {url: %q}\nclickhouse: {dsn: %q}\nlisten: %q\nsnapshot_every: 0\n", observe, server.ClientURL(), cfg.DSN, answers)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	service, err := process.Start(ctx, process.Options{Program: filepath.Join(c.Bin, "analytics"), Args: []string{"-config", config}, Observe: observe, Stderr: os.Stderr})
	if err != nil {
		return nil, err
	}
	s.ends = append(s.ends, service.Stop)
	s.api = analyticsapi.New("http://" + answers)
	return s, nil
}

// calm waits until the store has no merge under way.
func (s *scene) calm(ctx context.Context, say func(string, ...any)) error {
	for quiet := 0; quiet < 5; {
		var merges uint64
		if err := s.conn.QueryRow(ctx, "SELECT count() FROM system.merges").Scan(&merges); err != nil {
			return err
		}
		if quiet++; merges > 0 {
			quiet = 0
			say("waiting for %d merges", merges)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return nil
}

// sizes prints what a row of each table takes on disk, and returns what a settlement takes with its payments.
func (s *scene) sizes(ctx context.Context, w io.Writer, settlements uint64) (float64, error) {
	rows, err := s.conn.Query(ctx, `SELECT table, sum(rows), sum(bytes_on_disk), count() FROM system.parts
WHERE active AND database = currentDatabase() GROUP BY table HAVING sum(rows) > 1000 ORDER BY table`)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	sum := uint64(0)
	for rows.Next() {
		var table string
		var count, bytes, parts uint64
		if err := rows.Scan(&table, &count, &bytes, &parts); err != nil {
			return 0, err
		}
		fmt.Fprintf(w, "%-20s %10d rows %8.1f MB in %4d parts: %6.1f bytes a row\n", table, count, float64(bytes)/1e6, parts, float64(bytes)/float64(count))
		if table == "settlements" || table == "reward_shares" {
			sum += bytes
		}
	}
	return math.Round(float64(sum)/float64(settlements)*10) / 10, rows.Err()
}
