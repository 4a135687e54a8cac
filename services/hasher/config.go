package hasher

import (
	"errors"
	"time"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/run"
)

// Config is what an operator sets. Every field has a working default.
type Config struct {
	Observability run.Config `koanf:"observe"`
	Bus           bus.Config `koanf:"bus"`
	// Partitions of the relay log; the same in all relayers and hashers.
	Partitions uint32 `koanf:"partitions"`
	// LeaseTTL is how long a hasher that is not heard keeps its partitions. It beats three times as often.
	LeaseTTL time.Duration `koanf:"lease_ttl"`
	// CheckpointEvery is how old what a partition has folded may become before it is stored: a restart folds it again.
	CheckpointEvery time.Duration `koanf:"checkpoint_every"`
	// CheckpointBytes is from how much of the log it may have been made before that, in bytes.
	CheckpointBytes int `koanf:"checkpoint_bytes"`
	// PurgeAfter names the services that must have read a settled relay before it leaves the log.
	PurgeAfter []string      `koanf:"purge_after"`
	StaleAfter time.Duration `koanf:"stale_after"` // without a new block for so long the hasher is not ready
}

// Default is a hasher on this machine.
func Default() Config {
	return Config{
		Observability: run.Config{Listen: "127.0.0.1:9102", LogLevel: "info"},
		Bus:           bus.Default(),
		Partitions:    64, LeaseTTL: 3 * time.Second,
		CheckpointEvery: 5 * time.Second, CheckpointBytes: 4 << 20,
		PurgeAfter: []string{"analytics"},
		StaleAfter: 3 * time.Minute,
	}
}

// Observe is the shell's part of the configuration.
func (c Config) Observe() run.Config { return c.Observability }

// Validate names every fault at once.
func (c Config) Validate() error {
	errs := []error{c.Observability.Validate(), c.Bus.Validate()}
	fault := func(bad bool, text string) {
		if bad {
			errs = append(errs, errors.New(text))
		}
	}
	fault(c.Partitions == 0 || c.Partitions > maxPartitions, "partitions: must be between 1 and 4096")
	fault(c.LeaseTTL < 3*time.Millisecond || c.LeaseTTL > maxLease, "lease_ttl: must be between 3ms and 30s")
	fault(c.CheckpointEvery <= 0, "checkpoint_every: must be positive")
	fault(c.CheckpointBytes <= 0, "checkpoint_bytes: must be positive")
	fault(c.StaleAfter <= 0, "stale_after: must be positive")
	return errors.Join(errs...)
}

const (
	maxPartitions = 4096
	maxLease      = 30 * time.Second // half of what bucket lode_hashers remembers
)
