package trace

import (
	"errors"
	"fmt"
	"net/url"
)

// Config says where traces go. The zero value: nowhere.
type Config struct {
	Endpoint string  `koanf:"endpoint"` // URL of a collector that takes OTLP over HTTP, as http://127.0.0.1:4318; empty: nothing is traced
	Share    float64 `koanf:"share"`    // of traces that are kept, from 0 to 1; the same in all services that should be in one trace
}

// Validate names every fault at once.
func (c Config) Validate() error {
	var errs []error
	if u, err := url.Parse(c.Endpoint); c.Endpoint != "" && (err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")) {
		errs = append(errs, fmt.Errorf("trace.endpoint: %q is not an http URL", c.Endpoint))
	}
	if !(c.Share >= 0 && c.Share <= 1) { // nor is it not a number
		errs = append(errs, errors.New("trace.share: must be from 0 to 1"))
	}
	if c.Endpoint != "" && c.Share == 0 {
		errs = append(errs, errors.New("trace.share: 0 keeps nothing; leave trace.endpoint empty or set a share"))
	}
	return errors.Join(errs...)
}
