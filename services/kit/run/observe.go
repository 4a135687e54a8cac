package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/lodeworks/lode/services/kit/trace"
)

// Config is the part of a service's configuration that the shell uses.
type Config struct {
	Listen   string `koanf:"listen"`    // host:port of /metrics, /healthz and /readyz; port 0 takes a free one
	LogLevel string `koanf:"log_level"` // debug, info, warn or error; a change counts without a restart
	Pprof    bool   `koanf:"pprof"`     // also /debug/pprof; only on a loopback address

	Trace trace.Config `koanf:"trace"` // OpenTelemetry spans
}

// Validate names every fault at once.
func (c Config) Validate() error {
	errs := []error{c.Trace.Validate()}
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		errs = append(errs, fmt.Errorf("observe.listen: %w", err))
	}
	if c.Pprof && !loopback(host) {
		errs = append(errs, fmt.Errorf("observe.pprof: %q is not a loopback address, and profiles are not for everyone", c.Listen))
	}
	if err := new(slog.Level).UnmarshalText([]byte(c.LogLevel)); err != nil {
		errs = append(errs, fmt.Errorf("observe.log_level: %w", err))
	}
	return errors.Join(errs...)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Kit is what the shell gives a service.
type Kit struct {
	Log     *slog.Logger
	Metrics *prometheus.Registry
	Health  *Health
	Pages   *http.ServeMux // what else is answered on observe.listen; it has /metrics, /healthz and /readyz
	Tracer  *trace.Tracer  // nil: nothing is traced
	level   *slog.LevelVar // of Log
	metrics *metrics
}

// NewKit returns a Kit that logs to standard error as JSON.
func NewKit(ctx context.Context, service string, cfg Config) (Kit, error) {
	level := new(slog.LevelVar)
	level.Set(cfg.level())
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m := newMetrics(reg)
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level})).With("service", service)
	tracer, err := trace.New(ctx, service, cfg.Trace, log)
	return Kit{Log: log, Metrics: reg, Health: newHealth(m), Pages: http.NewServeMux(), Tracer: tracer, level: level, metrics: m}, err
}

// level is that of a valid configuration.
func (c Config) level() (l slog.Level) {
	_ = l.UnmarshalText([]byte(c.LogLevel))
	return l
}

// serveObserve answers /metrics, /healthz and /readyz until ctx ends.
func serveObserve(ctx context.Context, cfg Config, k Kit) error {
	mux := k.Pages
	mux.Handle("/metrics", promhttp.HandlerFor(k.Metrics, promhttp.HandlerOpts{}))
	mux.Handle("/readyz", k.Health)
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "alive") })
	if cfg.Pprof {
		mux.HandleFunc("/debug/pprof/", pprof.Index) // heap, goroutine and the like by name
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	}
	return ServeHTTP(ctx, cfg.Listen, mux, k.Log)
}

// ServeHTTP serves h on listen until ctx ends, then lets requests under way finish for up to 5 s.
func ServeHTTP(ctx context.Context, listen string, h http.Handler, log *slog.Logger) error {
	ln, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", listen, err)
	}
	return Serve(ctx, ln, &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}, log)
}

// Serve runs srv on ln, with TLS if it is configured, until ctx ends, then lets requests under way finish for up to 5 s.
func Serve(ctx context.Context, ln net.Listener, srv *http.Server, log *slog.Logger) error {
	return ServeAndDrain(ctx, ln, srv, func() time.Duration { return 5 * time.Second }, log)
}

// ServeAndDrain is Serve with another time for the requests under way. When it is over, their connections are cut.
func ServeAndDrain(ctx context.Context, ln net.Listener, srv *http.Server, drain func() time.Duration, log *slog.Logger) error {
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain())
		defer cancel()
		if err := srv.Shutdown(end); err != nil {
			log.Warn("http server did not drain", "err", err)
			_ = srv.Close()
		}
	}()
	log.Info("listening", "address", ln.Addr().String())
	if err := serve(srv, ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", ln.Addr(), err)
	}
	<-stopped
	return nil
}

func serve(srv *http.Server, ln net.Listener) error {
	if srv.TLSConfig != nil {
		return srv.ServeTLS(ln, "", "")
	}
	return srv.Serve(ln)
}
