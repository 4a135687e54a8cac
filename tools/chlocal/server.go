package chlocal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"
)

// Server is an embedded ClickHouse and its HTTP front.
type Server struct {
	cfg      Config
	log      *slog.Logger
	engine   *engine
	listener net.Listener
	http     *http.Server
	slots    chan struct{} // one taken per running statement
	done     chan struct{} // closed when the server has stopped serving
	serveErr error         // valid once done is closed
	stop     sync.Once
	stopErr  error
}

// Start opens the data folder and serves until Close, or until ctx ends. A
// process can have one Server at a time (libchdb's limit). Errors:
// ErrNotInstalled, ErrInUse, and those of the configuration and the network.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("start embedded ClickHouse: %w", err)
	}
	s, err := open(cfg)
	if err != nil {
		return nil, fmt.Errorf("start embedded ClickHouse: %w", err)
	}
	go s.serve()
	context.AfterFunc(ctx, func() { _ = s.Close() })
	s.log.Info("embedded clickhouse started", "addr", s.Addr(), "data", cfg.DataDir, "version", s.engine.version)
	return s, nil
}

func open(cfg Config) (*Server, error) {
	library, err := FindLibrary(cfg.Library)
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, err
	}
	engine, err := openEngine(library, dir)
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	return assemble(cfg, engine, listener), nil
}

func assemble(cfg Config, engine *engine, listener net.Listener) *Server {
	s := &Server{
		cfg: cfg, log: cfg.Log, engine: engine, listener: listener,
		slots: make(chan struct{}, cfg.MaxConcurrent),
		done:  make(chan struct{}),
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	s.http = &http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       5 * time.Minute,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	return s
}

func (s *Server) serve() {
	defer close(s.done)
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		s.serveErr = err
	}
}

// Addr is the address served, host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// DSN is the address for clickhouse-go, with the given database.
func (s *Server) DSN(database string) string { return "http://" + s.Addr() + "/" + database }

// Done is closed when the server has stopped serving.
func (s *Server) Done() <-chan struct{} { return s.done }

// Close lets running requests finish for StopTimeout, cancels those left and
// closes the engine. Calls after the first wait and return the same.
func (s *Server) Close() error {
	s.stop.Do(func() { s.stopErr = s.shutdown() })
	return s.stopErr
}

func (s *Server) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.StopTimeout)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		_ = s.http.Close() // ends the requests' contexts, which kills their statements
		err = fmt.Errorf("stop embedded ClickHouse: %w", err)
	}
	<-s.done
	for range cap(s.slots) { // every session is closed once all slots are ours
		s.slots <- struct{}{}
	}
	s.engine.close()
	s.log.Info("embedded clickhouse stopped")
	return errors.Join(err, s.serveErr)
}
