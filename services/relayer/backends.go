package relayer

import (
	"errors"
	"fmt"
	"maps"
	"net/url"

	"github.com/lodeworks/lode/services/relayer/upstream"
)

// upstream is the service's backends as they are called: backend alone is short for one pool of one, and what is set
// for the service holds for each backend that does not say otherwise.
func (s Service) upstream(limit int64) upstream.Config {
	cfg := upstream.Config{Default: s.defaultRPC(), Groups: map[upstream.RPC]*upstream.GroupConfig{}, Limit: limit}
	for rpc, pool := range s.Pools {
		cfg.Groups[upstream.RPC(rpc)] = s.inherited(pool)
	}
	if s.Backend != "" {
		cfg.Groups[cfg.Default] = s.inherited(upstream.GroupConfig{Backends: map[string]upstream.EndpointConfig{"backend": {URL: s.Backend}}})
	}
	return cfg
}

func (s Service) inherited(pool upstream.GroupConfig) *upstream.GroupConfig {
	if pool.Total == 0 {
		pool.Total = s.Timeout
	}
	backends := make(map[string]upstream.EndpointConfig, len(pool.Backends))
	for name, e := range pool.Backends {
		headers := maps.Clone(s.Headers)
		if headers == nil {
			headers = map[string]string{}
		}
		maps.Copy(headers, e.Headers)
		e.Headers = headers
		if e.BearerFile == "" && e.BasicFile == "" {
			e.BearerFile = s.BearerFile
		}
		backends[name] = e
	}
	pool.Backends = backends
	return &pool
}

// defaultRPC is the RPC type of relays that name none.
func (s Service) defaultRPC() upstream.RPC {
	if s.DefaultRPC == "" && s.Backend == "" && len(s.Pools) == 1 {
		for rpc := range s.Pools {
			return upstream.RPC(rpc)
		}
	}
	if s.DefaultRPC == "" {
		return upstream.JSONRPC
	}
	return upstream.RPC(s.DefaultRPC)
}

// validate names every fault of a service's backends.
func (s Service) validate(id string) error {
	var errs []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf("services."+id+format, args...))
		}
	}
	std := s.defaultRPC()
	_, pooled := s.Pools[string(std)]
	u, err := url.Parse(s.Backend)
	fault(s.Backend != "" && (err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")), ".backend: %q is not an http URL", s.Backend)
	fault(s.Backend != "" && pooled, ".backend: pools.%s has the backends of this type already", std)
	fault(s.Backend == "" && !pooled, ".backend: needed, or pools.%s", std)
	fault(!std.Valid(), ".default_rpc: %q is no RPC type", std)
	fault(s.Timeout < 0, ".timeout: must not be negative")
	for rpc, pool := range s.Pools {
		if err := pool.Validate(fmt.Sprintf("services.%s.pools.%s", id, rpc), upstream.RPC(rpc)); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
