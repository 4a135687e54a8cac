package upstream

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// endpoint is one backend.
type endpoint struct {
	name    string
	base    *url.URL
	headers http.Header // set over the client's
	// transport is asked without a client around it: no redirect is followed, no cookie kept.
	transport *http.Transport
	// breaker opens after failures in a row and lets one call try again after a while.
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	load    atomic.Int64 // calls under way
	sick    atomic.Bool  // by the active check
	closed  atomic.Bool  // by Pool.Close
}

func newEndpoint(name string, rpc RPC, cfg EndpointConfig, group GroupConfig) (*endpoint, error) {
	base, err := url.Parse(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("backend %s: %w", name, err)
	}
	e := &endpoint{name: name, base: base, transport: newTransport(rpc, group)}
	if e.headers, err = headersOf(base, cfg); err != nil {
		return nil, fmt.Errorf("backend %s: %w", name, err)
	}
	e.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name: name, Timeout: group.Rest,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= group.Failures },
		IsSuccessful: func(err error) bool { return err == nil || errors.Is(err, ErrTooLarge) }, // the backend works
		IsExcluded:   func(err error) bool { return errors.Is(err, errExcluded) },
	})
	return e, nil
}

// newTransport uncompresses nothing and knows no proxy.
func newTransport(rpc RPC, group GroupConfig) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true) // where TLS offers it
	if rpc == GRPC {
		protocols.SetUnencryptedHTTP2(true)
	} else {
		protocols.SetHTTP1(true)
	}
	dialer := &net.Dialer{Timeout: group.Connect, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Protocols: protocols, DialContext: dialer.DialContext, TLSHandshakeTimeout: group.Connect,
		MaxIdleConnsPerHost: 256, IdleConnTimeout: 90 * time.Second, DisableCompression: true,
		MaxResponseHeaderBytes: 1 << 20,
	}
}

// headersOf are the configured headers, secrets read from their files.
func headersOf(base *url.URL, cfg EndpointConfig) (http.Header, error) {
	h := http.Header{}
	for name, value := range cfg.Headers {
		h.Set(name, value)
	}
	secret := func(name, key, file string, form func(string) string) error {
		raw, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		h.Set(name, form(strings.TrimSpace(string(raw))))
		return nil
	}
	var errs []error
	for name, file := range cfg.SecretFiles {
		errs = append(errs, secret(name, "secret_files", file, func(s string) string { return s }))
	}
	if cfg.BearerFile != "" {
		errs = append(errs, secret("Authorization", "bearer_file", cfg.BearerFile, func(s string) string { return "Bearer " + s }))
	}
	if cfg.BasicFile != "" {
		errs = append(errs, secret("Authorization", "basic_file", cfg.BasicFile, basic))
	}
	if base.User != nil && h.Get("Authorization") == "" {
		password, _ := base.User.Password()
		h.Set("Authorization", basic(base.User.Username()+":"+password))
	}
	return h, errors.Join(errs...)
}

// basic is the Authorization header of name:password.
func basic(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }

// leave is called after each call: a closed endpoint keeps no connection.
func (e *endpoint) leave() {
	if e.closed.Load() {
		e.transport.CloseIdleConnections()
	}
}

// lease is one call's hold of an endpoint. end must be called; only its first call counts.
type lease struct {
	*endpoint
	report func(error) // to the breaker
	trial  bool        // the one call that an endpoint gets after its rest
	told   atomic.Bool
	ended  atomic.Bool
}

// take holds the endpoint for a call, or says that it rests or is sick.
func (e *endpoint) take() (*lease, bool) {
	if e.sick.Load() {
		return nil, false
	}
	trial := e.breaker.State() == gobreaker.StateHalfOpen
	report, err := e.breaker.Allow()
	if err != nil {
		return nil, false
	}
	e.load.Add(1)
	return &lease{endpoint: e, report: report, trial: trial}, true
}

// begun is called when the endpoint has answered: a trial is passed by that, it need not last as long as a stream.
func (l *lease) begun(blame error) {
	if l.trial {
		l.tell(blame)
	}
}

func (l *lease) tell(err error) {
	if !l.told.Swap(true) {
		l.report(err)
	}
}

// end gives the endpoint back and says how the call went.
func (l *lease) end(err error) {
	if !l.ended.Swap(true) {
		l.tell(err)
		l.load.Add(-1)
	}
}
