package chlocal

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"
)

// Config is what a Server is started with. Start from Default.
type Config struct {
	// DataDir is the folder of the tables; made if missing. One process at a
	// time. Required.
	DataDir string
	// Listen is the TCP address, host:port; port 0 takes a free one. Only
	// loopback hosts unless AllowRemote: there are no passwords.
	Listen string
	// AllowRemote lets Listen be an address that others can reach.
	AllowRemote bool
	// Library is the path of libchdb.so; empty: see FindLibrary.
	Library string
	// MaxBodyBytes bounds one request's body, as sent and decoded. An INSERT's
	// data is held in memory while it runs. > 0.
	MaxBodyBytes int64
	// MaxQueryBytes bounds the text of one statement, with the values of an
	// INSERT … VALUES. > 0.
	MaxQueryBytes int64
	// MaxResultBytes bounds one result, in the engine's memory (its setting
	// max_result_bytes, which a request may override). > 0.
	MaxResultBytes int64
	// MaxQueryTime ends a statement (the setting max_execution_time, which a
	// request may override). Whole seconds, ≥ 1 s.
	MaxQueryTime time.Duration
	// MaxConcurrent is how many statements run at once; others wait. > 0.
	MaxConcurrent int
	// StopTimeout is how long Close lets running requests finish. ≥ 0.
	StopTimeout time.Duration
	// Log gets one line per start and stop. Nil: slog.Default().
	Log *slog.Logger
}

// Default is 127.0.0.1:8123, 256 MiB bodies, 16 MiB statements, 512 MiB
// results, ten minutes, 16 statements at once; DataDir is left to be set.
func Default() Config {
	return Config{
		Listen:         "127.0.0.1:8123",
		MaxBodyBytes:   256 << 20,
		MaxQueryBytes:  16 << 20,
		MaxResultBytes: 512 << 20,
		MaxQueryTime:   10 * time.Minute,
		MaxConcurrent:  16,
		StopTimeout:    10 * time.Second,
	}
}

// Validate reports all faults at once.
func (c Config) Validate() error {
	return errors.Join(
		fault(c.DataDir == "", "DataDir is empty"),
		fault(c.MaxBodyBytes <= 0, "MaxBodyBytes must be positive"),
		fault(c.MaxQueryBytes <= 0, "MaxQueryBytes must be positive"),
		fault(c.MaxResultBytes <= 0, "MaxResultBytes must be positive"),
		fault(c.MaxQueryTime < time.Second, "MaxQueryTime must be a second or more"),
		fault(c.MaxConcurrent <= 0, "MaxConcurrent must be positive"),
		fault(c.StopTimeout < 0, "StopTimeout must not be negative"),
		c.checkListen(),
	)
}

func (c Config) checkListen() error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("Listen: %w", err)
	}
	ip := net.ParseIP(host)
	if host == "localhost" || (ip != nil && ip.IsLoopback()) || c.AllowRemote {
		return nil
	}
	return fmt.Errorf("Listen %q is not a loopback address and there are no passwords here: set AllowRemote if you mean it", c.Listen)
}

func fault(bad bool, text string) error {
	if !bad {
		return nil
	}
	return errors.New(text)
}
