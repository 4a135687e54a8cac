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
	// PurgeAfter names the services that must have read a settled relay before it leaves the log.
	PurgeAfter []string      `koanf:"purge_after"`
	StaleAfter time.Duration `koanf:"stale_after"` // without a new block for so long the hasher is not ready
}

// Default is a hasher on this machine.
func Default() Config {
	return Config{
		Observability: run.Config{Listen: "127.0.0.1:9102", LogLevel: "info"},
		Bus:           bus.Default(),
		PurgeAfter:    []string{"analytics"},
		StaleAfter:    3 * time.Minute,
	}
}

// Observe is the shell's part of the configuration.
func (c Config) Observe() run.Config { return c.Observability }

// Validate names every fault at once.
func (c Config) Validate() error {
	var stale error
	if c.StaleAfter <= 0 {
		stale = errors.New("stale_after: must be positive")
	}
	return errors.Join(c.Observability.Validate(), c.Bus.Validate(), stale)
}
