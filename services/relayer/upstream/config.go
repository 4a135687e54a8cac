package upstream

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"
)

// Config is one service's backends.
type Config struct {
	Default RPC                  // of calls that name no type, or one without backends of its own
	Groups  map[RPC]*GroupConfig // at least that of Default
	Limit   int64                // bytes of an answer, compressed or not
}

// GroupConfig is the backends of one RPC type.
type GroupConfig struct {
	Backends     map[string]EndpointConfig `koanf:"backends"`      // by a name for logs and metrics
	Strategy     string                    `koanf:"strategy"`      // round_robin, least_loaded, session_affinity (a session stays with a backend) or prefix_affinity (prompts that begin alike do, for caches of keys and values); empty: round_robin
	PrefixBytes  int                       `koanf:"prefix_bytes"`  // bytes of messages or prompt that prefix_affinity looks at; 0: 1024
	Profile      string                    `koanf:"profile"`       // time limits of a call: fast, streaming or llm; empty: llm. The four below replace single ones
	Connect      time.Duration             `koanf:"connect"`       // until connected; 0: the profile's (fast 1s, streaming 3s, llm 3s)
	FirstByte    time.Duration             `koanf:"first_byte"`    // from connecting to the first byte of the body; 0: the profile's (fast 10s, streaming 15s, llm 2m)
	Idle         time.Duration             `koanf:"idle"`          // between two pieces of the body; 0: the profile's (fast 5s, streaming 2m, llm 30s)
	Total        time.Duration             `koanf:"total"`         // of the whole call; 0: the profile's (fast 15s, streaming 1h, llm 10m)
	HealthPath   string                    `koanf:"health_path"`   // asked for by GET of each backend; a status from 200 to 399 is well; empty: not asked
	HealthEvery  time.Duration             `koanf:"health_every"`  // interval of those questions, and their time limit; 0: 5s
	Failures     uint32                    `koanf:"failures"`      // calls that failed in a row after which a backend rests; 0: 10
	Rest         time.Duration             `koanf:"rest"`          // how long it rests before one call tries it again; 0: 2s
	Retries      int                       `koanf:"retries"`       // other backends tried after a failure, only while nothing was sent or the method is idempotent; 0: 1; -1: none
	HedgePercent float64                   `koanf:"hedge_percent"` // calls of idempotent methods that may go to a second backend, in percent of all; 0: none
	HedgeAfter   time.Duration             `koanf:"hedge_after"`   // how long the first backend has before that; 0: 100ms
}

// EndpointConfig is one backend.
type EndpointConfig struct {
	URL         string            `koanf:"url"`          // base URL: http or https; for websocket also ws or wss
	Headers     map[string]string `koanf:"headers"`      // set on each request, over the client's and the service's
	BearerFile  string            `koanf:"bearer_file"`  // file with a token for Authorization: Bearer; empty: the service's
	BasicFile   string            `koanf:"basic_file"`   // file with user:password for Authorization: Basic; empty: none
	SecretFiles map[string]string `koanf:"secret_files"` // header name: file with its value
}

// profiles are time limits by name.
var profiles = map[string]GroupConfig{
	"fast":      {Connect: time.Second, FirstByte: 10 * time.Second, Idle: 5 * time.Second, Total: 15 * time.Second},
	"streaming": {Connect: 3 * time.Second, FirstByte: 15 * time.Second, Idle: 2 * time.Minute, Total: time.Hour},
	"llm":       {Connect: 3 * time.Second, FirstByte: 2 * time.Minute, Idle: 30 * time.Second, Total: 10 * time.Minute},
}

// The strategies.
const (
	roundRobin      = "round_robin"
	leastLoaded     = "least_loaded"
	sessionAffinity = "session_affinity"
	prefixAffinity  = "prefix_affinity"
)

var strategies = []string{"", roundRobin, leastLoaded, sessionAffinity, prefixAffinity}

// withDefaults fills in what is 0 or empty.
func (c GroupConfig) withDefaults() GroupConfig {
	profile := profiles[or(c.Profile, "llm")]
	c.Strategy = or(c.Strategy, roundRobin)
	c.PrefixBytes = or(c.PrefixBytes, 1024)
	c.Connect, c.FirstByte = or(c.Connect, profile.Connect), or(c.FirstByte, profile.FirstByte)
	c.Idle, c.Total = or(c.Idle, profile.Idle), or(c.Total, profile.Total)
	c.HealthEvery, c.HedgeAfter = or(c.HealthEvery, 5*time.Second), or(c.HedgeAfter, 100*time.Millisecond)
	c.Failures, c.Rest = or(c.Failures, 10), or(c.Rest, 2*time.Second)
	c.Retries = max(0, or(c.Retries, 1))
	return c
}

func or[T comparable](v, instead T) T {
	if v == *new(T) {
		return instead
	}
	return v
}

// Validate names every fault, each with its key below at.
func (c GroupConfig) Validate(at string, rpc RPC) error {
	var errs []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(at+format, args...))
		}
	}
	_, known := profiles[or(c.Profile, "llm")]
	fault(!rpc.Valid(), ": %q is no RPC type", rpc)
	fault(len(c.Backends) == 0, ".backends: at least one is needed")
	fault(!slices.Contains(strategies, c.Strategy), ".strategy: %q is not known", c.Strategy)
	fault(!known, ".profile: %q is not known", c.Profile)
	fault(c.PrefixBytes < 0, ".prefix_bytes: must not be negative")
	fault(min(c.Connect, c.FirstByte, c.Idle, c.Total, c.HealthEvery, c.Rest, c.HedgeAfter) < 0, ": a duration must not be negative")
	fault(c.HealthPath != "" && c.HealthPath[0] != '/', ".health_path: must begin with /")
	fault(c.Retries < -1, ".retries: must be -1 or more")
	fault(c.HedgePercent < 0 || c.HedgePercent > 100, ".hedge_percent: must be from 0 to 100")
	for name, e := range c.Backends {
		fault(!validURL(e.URL, rpc), ".backends.%s.url: %q is not an http URL", name, e.URL)
		fault(e.BearerFile != "" && e.BasicFile != "", ".backends.%s: bearer_file and basic_file exclude each other", name)
	}
	return errors.Join(errs...)
}

func validURL(s string, rpc RPC) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return false
	}
	switch u.Scheme {
	case "http", "https":
		return true
	case "ws", "wss":
		return rpc == WebSocket
	}
	return false
}
