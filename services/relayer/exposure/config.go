package exposure

import (
	"errors"
	"fmt"
	"time"
)

// What a relayer does while the bus does not answer, the values of Config.OnBusFailure.
const (
	Open   = "open"   // serve within a budget of its own
	Closed = "closed" // refuse what it was not granted before
)

// Config is what an operator sets.
type Config struct {
	OnBusFailure string        `koanf:"on_bus_failure"` // while the bus does not answer. open: each relayer serves up to the whole budget by itself, so that relayers together may serve it as many times over as there are of them; closed: relays beyond what the relayer holds already are refused with 503
	Timeout      time.Duration `koanf:"timeout"`        // how long a relay waits for the bus before that
	ReturnAfter  time.Duration `koanf:"return_after"`   // what a relayer holds of a budget and does not need for so long goes back to the others
}

// Default goes on without the bus, as the relays' log does.
func Default() Config {
	return Config{OnBusFailure: Open, Timeout: time.Second, ReturnAfter: 5 * time.Second}
}

// Validate names every fault at once.
func (c Config) Validate() error {
	var errs []error
	if c.OnBusFailure != Open && c.OnBusFailure != Closed {
		errs = append(errs, fmt.Errorf("meter.on_bus_failure: %q is neither open nor closed", c.OnBusFailure))
	}
	if c.Timeout <= 0 {
		errs = append(errs, errors.New("meter.timeout: must be positive"))
	}
	if c.ReturnAfter <= 0 {
		errs = append(errs, errors.New("meter.return_after: must be positive"))
	}
	return errors.Join(errs...)
}
