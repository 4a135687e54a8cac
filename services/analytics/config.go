package analytics

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/lodeworks/lode/services/analytics/api"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/ch"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/run"
)

// Config is everything an operator can choose.
type Config struct {
	Observability run.Config `koanf:"observe"`
	Bus           bus.Config `koanf:"bus"`
	ClickHouse    ch.Config  `koanf:"clickhouse"`
	// Listen is host:port of the read-only API; port 0 takes a free one.
	Listen string `koanf:"listen"`
	// Migrate brings the tables up to date at start. Several replicas may do so at once.
	Migrate bool `koanf:"migrate"`
	// BatchMessages is the most messages of one consumer that one insert carries.
	BatchMessages int `koanf:"batch_messages"`
	// FlushEvery is the least time between two inserts of a consumer that has caught up: answers are this old.
	FlushEvery time.Duration `koanf:"flush_every"`
	// RetryAfter is the pause after a failed insert.
	RetryAfter time.Duration `koanf:"retry_after"`
	// QueryTimeout bounds one API request.
	QueryTimeout time.Duration `koanf:"query_timeout"`
	// QueryReadRows is the most rows that an API query may read.
	QueryReadRows uint64 `koanf:"query_read_rows"`
	// QueryRows is the most rows of an answer as CSV, Parquet or Arrow.
	QueryRows uint64 `koanf:"query_rows"`
	// QueryMemory is the most memory that an API query may take in the store, in bytes.
	QueryMemory uint64 `koanf:"query_memory"`
	// Tokens are who may ask the API, by a name of your choice; empty: everybody on this machine, and nobody else.
	Tokens map[string]api.TokenConfig `koanf:"tokens"`
	// StaleAfter: without a stored block for so long the service is not ready.
	StaleAfter time.Duration `koanf:"stale_after"`
	// SnapshotEvery is how many blocks lie between two readings of the chain's own state: stakes, parameters, services
	// and supply; 0: it is never read, and what genesis brought stays unknown.
	SnapshotEvery int64 `koanf:"snapshot_every"`
	// Chain is asked for that state only.
	Chain chain.Config `koanf:"chain"`
	// RollupEvery is the least time between two rounds of summing relays, by minute and hour and for the ledger.
	RollupEvery time.Duration `koanf:"rollup_every"`
	// RawDays is for how many days each single relay is kept after it was stored, at least; sums and the ledger are kept
	// for good. 0: relays are, too.
	RawDays int `koanf:"raw_days"`
}

// Default is everything on this machine.
func Default() Config {
	return Config{
		Observability: run.Config{Listen: "127.0.0.1:9106", LogLevel: "info"},
		Bus:           bus.Default(),
		ClickHouse:    ch.Default(),
		Listen:        "127.0.0.1:8106",
		Migrate:       true,
		BatchMessages: 256,
		FlushEvery:    100 * time.Millisecond,
		RetryAfter:    time.Second,
		QueryTimeout:  30 * time.Second,
		QueryReadRows: 1_000_000_000,
		QueryRows:     10_000_000,
		QueryMemory:   4 << 30,
		StaleAfter:    3 * time.Minute,
		SnapshotEvery: 60,
		Chain:         chain.Default(),
		RollupEvery:   10 * time.Second,
		RawDays:       30,
	}
}

// Observe is the shell's part of the configuration.
func (c Config) Observe() run.Config { return c.Observability }

// Validate names every fault at once.
func (c Config) Validate() error {
	errs := []error{c.Observability.Validate(), c.Bus.Validate(), c.ClickHouse.Validate()}
	if c.SnapshotEvery > 0 {
		errs = append(errs, c.Chain.Validate())
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		errs = append(errs, fmt.Errorf("listen: %w", err))
	}
	within := func(field string, ok bool, bounds string) {
		if !ok {
			errs = append(errs, fmt.Errorf("%s: must be %s", field, bounds))
		}
	}
	within("batch_messages", c.BatchMessages >= 1 && c.BatchMessages <= 4096, "1 to 4096")
	within("flush_every", c.FlushEvery >= 0 && c.FlushEvery <= 10*time.Second, "0s to 10s")
	within("retry_after", c.RetryAfter > 0 && c.RetryAfter <= time.Minute, "more than 0s, at most 1m")
	within("query_timeout", c.QueryTimeout > 0, "positive")
	within("query_read_rows, query_rows, query_memory", min(c.QueryReadRows, c.QueryRows, c.QueryMemory) > 0, "positive")
	if _, err := api.LoadTokens(c.Tokens); err != nil {
		errs = append(errs, fmt.Errorf("tokens: %w", err))
	}
	within("snapshot_every", c.SnapshotEvery >= 0, "0 or more")
	within("rollup_every", c.RollupEvery > 0 && c.RollupEvery <= time.Hour, "more than 0s, at most 1h")
	within("raw_days", c.RawDays >= 0 && c.RawDays <= 36500, "0 to 36500")
	within("stale_after", c.StaleAfter > 0, "positive")
	return errors.Join(errs...)
}
