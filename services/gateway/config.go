package gateway

import (
	"errors"
	"fmt"
	"time"

	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/run"
)

// Config is what an operator sets. KeyFile, Applications and Models have no default.
type Config struct {
	Observability run.Config   `koanf:"observe"`
	Chain         chain.Config `koanf:"chain"`

	Listen       string            `koanf:"listen"`       // host:port of the API
	KeyFile      string            `koanf:"key_file"`     // the gateway's key: 64 hex digits
	Applications []string          `koanf:"applications"` // addresses that delegated to this gateway
	Models       map[string]string `koanf:"models"`       // model name → service id
	RingTables   int               `koanf:"ring_tables"`  // points of rings in frequent use that get a table of 256 KiB; an application's key needs 2
	MaxBody      int64             `koanf:"max_body"`     // bytes of a request, of an answer, and of each signed batch of a stream
	MaxStream    int64             `koanf:"max_stream"`   // bytes of a streamed answer, signatures included
	Timeout      time.Duration     `koanf:"timeout"`      // of one relay; of a streamed answer until its first batch
	StreamIdle   time.Duration     `koanf:"stream_idle"`  // between two batches of a streamed answer
	StreamTime   time.Duration     `koanf:"stream_time"`  // of all of a streamed answer
	Attempts     int               `koanf:"attempts"`     // suppliers tried for one request
	HeightEvery  time.Duration     `koanf:"height_every"` // how often the chain's height is asked for
	Websockets   int               `koanf:"websockets"`   // open at a time; more are refused with 503
}

// Default is a gateway on this machine, without key, applications or models.
func Default() Config {
	return Config{
		Observability: run.Config{Listen: "127.0.0.1:9100", LogLevel: "info"},
		Chain:         chain.Default(),
		Listen:        "127.0.0.1:8080",
		Models:        map[string]string{},
		RingTables:    256,
		MaxBody:       10 << 20,
		MaxStream:     64 << 20,
		Timeout:       80 * time.Second,
		StreamIdle:    2 * time.Minute,
		StreamTime:    time.Hour,
		Attempts:      3,
		HeightEvery:   500 * time.Millisecond,
		Websockets:    1000,
	}
}

// Observe is the shell's part of the configuration.
func (c Config) Observe() run.Config { return c.Observability }

// Validate names every fault at once.
func (c Config) Validate() error {
	errs := []error{c.Observability.Validate(), c.Chain.Validate()}
	fault := func(bad bool, text string) {
		if bad {
			errs = append(errs, errors.New(text))
		}
	}
	fault(c.KeyFile == "", "key_file: a file with the gateway's key is needed")
	fault(len(c.Applications) == 0, "applications: at least one application is needed")
	fault(len(c.Models) == 0, "models: at least one model is needed")
	fault(c.RingTables <= 0, "ring_tables: must be positive")
	fault(c.MaxBody <= 0, "max_body: must be positive")
	fault(c.MaxStream <= 0, "max_stream: must be positive")
	fault(c.Timeout <= 0, "timeout: must be positive")
	fault(c.StreamIdle <= 0, "stream_idle: must be positive")
	fault(c.StreamTime <= 0, "stream_time: must be positive")
	fault(c.Attempts <= 0, "attempts: must be positive")
	fault(c.HeightEvery <= 0, "height_every: must be positive")
	fault(c.Websockets <= 0, "websockets: must be positive")
	for model, service := range c.Models {
		if service == "" {
			errs = append(errs, fmt.Errorf("models.%s: names no service", model))
		}
	}
	return errors.Join(errs...)
}
