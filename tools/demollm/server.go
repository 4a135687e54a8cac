package demollm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is the API on an address of its own.
type Server struct {
	cfg      Config
	log      *slog.Logger
	listener net.Listener
	http     *http.Server
	done     chan struct{} // closed when serving has ended
	hangUp   func()        // ends the WebSockets
	stop     sync.Once
	stopErr  error
}

// Start serves until Close, or until ctx ends.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	handler, err := NewHandler(cfg)
	if err != nil {
		return nil, fmt.Errorf("start demo model: %w", err)
	}
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("start demo model: %w", err)
	}
	open, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	s := &Server{cfg: cfg, log: cfg.Log, listener: listener, done: make(chan struct{}), hangUp: hangUp,
		http: &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return open }}}
	if s.log == nil {
		s.log = slog.Default()
	}
	go s.serve()
	context.AfterFunc(ctx, func() { _ = s.Close() })
	s.log.Info("demo model started, not an llm", "addr", s.Addr())
	return s, nil
}

func (s *Server) serve() {
	defer close(s.done)
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		s.log.Error("demo model stopped serving", "err", err)
	}
}

// Addr is the address served, host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// BaseURL is what OpenAI clients take as base URL.
func (s *Server) BaseURL() string { return "http://" + s.Addr() + "/v1" }

// Done is closed when the server has stopped serving.
func (s *Server) Done() <-chan struct{} { return s.done }

// Close lets answers under way finish for StopTimeout and ends the others.
func (s *Server) Close() error {
	s.stop.Do(func() { s.stopErr = s.shutdown() })
	return s.stopErr
}

func (s *Server) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.StopTimeout)
	defer cancel()
	err := s.http.Shutdown(ctx)
	s.hangUp()
	if err != nil {
		_ = s.http.Close() // ends what is left
		err = fmt.Errorf("stop demo model: %w", err)
	}
	<-s.done
	s.log.Info("demo model stopped")
	return err
}
