package upstream

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

// up tells whether the endpoint takes calls.
func (e *endpoint) up() bool { return !e.sick.Load() && e.breaker.State() != gobreaker.StateOpen }

// watchHealth asks each endpoint how it is until ctx ends.
func (g *group) watchHealth(ctx context.Context, running *sync.WaitGroup, log *slog.Logger) {
	if g.cfg.HealthPath == "" {
		return
	}
	for _, e := range g.endpoints {
		running.Go(func() {
			tick := time.NewTicker(g.cfg.HealthEvery)
			defer tick.Stop()
			for {
				if well := e.ask(ctx, g.cfg); ctx.Err() == nil {
					e.note(well, log.With("service", g.service, "backend", e.name))
				}
				select {
				case <-tick.C:
				case <-ctx.Done():
					return
				}
			}
		})
	}
}

// note keeps an answer; one line when it changes.
func (e *endpoint) note(well bool, log *slog.Logger) {
	if e.sick.Swap(!well) == well {
		if well {
			log.Info("backend is well again")
		} else {
			log.Warn("backend is not well")
		}
	}
}

// ask is one question.
func (e *endpoint) ask(ctx context.Context, cfg GroupConfig) bool {
	ctx, cancel := context.WithTimeout(ctx, cfg.HealthEvery)
	defer cancel()
	to := *e.base
	to.Path, to.RawPath = joinPath(to.Path, cfg.HealthPath), ""
	switch to.Scheme {
	case "ws":
		to.Scheme = "http"
	case "wss":
		to.Scheme = "https"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
	if err != nil {
		return false
	}
	req.Header = e.headers.Clone()
	res, err := e.transport.RoundTrip(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode >= http.StatusOK && res.StatusCode < http.StatusBadRequest
}
