package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Config is the part of a service's configuration that the shell uses.
type Config struct {
	Listen   string `koanf:"listen"`    // host:port of /metrics, /healthz and /readyz; port 0 takes a free one
	LogLevel string `koanf:"log_level"` // debug, info, warn or error
}

// Validate names every fault at once.
func (c Config) Validate() error {
	var errs []error
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		errs = append(errs, fmt.Errorf("observe.listen: %w", err))
	}
	if err := new(slog.Level).UnmarshalText([]byte(c.LogLevel)); err != nil {
		errs = append(errs, fmt.Errorf("observe.log_level: %w", err))
	}
	return errors.Join(errs...)
}

// Kit is what the shell gives a service.
type Kit struct {
	Log     *slog.Logger
	Metrics *prometheus.Registry
	Health  *Health
}

// NewKit returns a Kit that logs to standard error as JSON.
func NewKit(service string, cfg Config) Kit {
	var level slog.Level
	_ = level.UnmarshalText([]byte(cfg.LogLevel)) // validated before
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	return Kit{Log: log.With("service", service), Metrics: reg, Health: NewHealth()}
}

// serveObserve answers /metrics, /healthz and /readyz until ctx ends.
func serveObserve(ctx context.Context, listen string, k Kit) error {
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(k.Metrics, promhttp.HandlerOpts{}))
	mux.Handle("/readyz", k.Health)
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "alive") })
	return ServeHTTP(ctx, listen, mux, k.Log)
}

// ServeHTTP serves h on listen until ctx ends, then lets requests under way finish for up to 5 s.
func ServeHTTP(ctx context.Context, listen string, h http.Handler, log *slog.Logger) error {
	ln, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", listen, err)
	}
	return Serve(ctx, ln, &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}, log)
}

// Serve runs srv on ln until ctx ends, then lets requests under way finish for up to 5 s.
func Serve(ctx context.Context, ln net.Listener, srv *http.Server, log *slog.Logger) error {
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := srv.Shutdown(end); err != nil {
			log.Warn("http server did not drain", "err", err)
		}
	}()
	log.Info("listening", "address", ln.Addr().String())
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", ln.Addr(), err)
	}
	<-stopped
	return nil
}
