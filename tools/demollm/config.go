package demollm

import (
	"errors"
	"log/slog"
	"time"
)

// Config is what the server is started with. Start from Default.
type Config struct {
	// Listen is the TCP address, host:port; port 0 takes a free one.
	Listen string
	// MaxBodyBytes bounds a request's body. > 0.
	MaxBodyBytes int64
	// FirstToken is waited before the first piece, as a model's prefill. ≥ 0.
	FirstToken time.Duration
	// PerToken is waited before each further piece. ≥ 0.
	PerToken time.Duration
	// StopTimeout is how long Close lets answers finish. ≥ 0.
	StopTimeout time.Duration
	// Log gets one line per start and stop. Nil: slog.Default().
	Log *slog.Logger
}

// Default is 127.0.0.1:8081, bodies of 1 MiB, no artificial waits.
func Default() Config {
	return Config{Listen: "127.0.0.1:8081", MaxBodyBytes: 1 << 20, StopTimeout: 5 * time.Second}
}

// Validate reports all faults at once.
func (c Config) Validate() error {
	var faults []error
	if c.MaxBodyBytes <= 0 {
		faults = append(faults, errors.New("MaxBodyBytes must be positive"))
	}
	if c.FirstToken < 0 || c.PerToken < 0 || c.StopTimeout < 0 {
		faults = append(faults, errors.New("durations must not be negative"))
	}
	return errors.Join(faults...)
}
