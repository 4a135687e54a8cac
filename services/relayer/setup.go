package relayer

import (
	"fmt"

	"github.com/lodeworks/lode/services/relayer/simulated"
	"github.com/lodeworks/lode/services/relayer/upstream"
)

// setup is the relayer under one configuration. It does not change. A request takes it once and goes all its way with it,
// a WebSocket to its end: neither sees a half of two configurations.
type setup struct {
	*Relayer    // what outlives configurations
	cfg         Config
	largestBody int64                     // that any service takes, in bytes
	backends    map[string]*upstream.Pool // by service id
	guard       *guard
	frames      *frames
	simulations *simulated.Gate // nil: none are taken
}

// now is the setup in force.
func (s *Relayer) now() *setup { return s.current.Load() }

// setUp makes what a configuration says. What is as before is taken from there; before is nil at the start.
func (s *Relayer) setUp(cfg Config, before *setup) (_ *setup, err error) {
	if err := s.fits(cfg); err != nil {
		return nil, err
	}
	next := &setup{Relayer: s, cfg: cfg, largestBody: largestBody(cfg), backends: map[string]*upstream.Pool{}}
	if before == nil {
		before = &setup{}
		next.guard = newGuard(cfg.Limits)
	} else {
		next.guard = before.guard.under(cfg.Limits)
	}
	if next.frames = before.frames; before.frames == nil || before.cfg.Websocket != cfg.Websocket {
		next.frames = newFrames(cfg.Websocket)
	}
	if next.simulations, err = simulated.NewGate(cfg.Simulated, s.ring, before.simulations); err != nil {
		return nil, err
	}
	for id, service := range cfg.Services {
		pool, wanted := before.backends[id], service.upstream(cfg.MaxBody)
		if pool == nil || !pool.Is(wanted) {
			if pool, err = upstream.New(id, wanted, s.kit.Log); err != nil {
				next.retire(before)
				return nil, err
			}
		}
		next.backends[id] = pool
	}
	return next, nil
}

// fits refuses a configuration by which a relay could be larger than a message of the bus.
func (s *Relayer) fits(cfg Config) error {
	takes := s.bus.NC.MaxPayload()
	if need := largestBody(cfg) + groupRoom; need > takes {
		return fmt.Errorf("max_body: a relay of %d bytes needs bus messages of %d, this bus takes %d", cfg.MaxBody, need, takes)
	}
	if need := cfg.Websocket.Frame + groupRoom; need > takes {
		return fmt.Errorf("websocket.frame: a relay of %d bytes needs bus messages of %d, this bus takes %d", cfg.Websocket.Frame, need, takes)
	}
	return nil
}

// retire closes the backends that another setup does not have. Their calls under way go on.
func (s *setup) retire(next *setup) {
	for id, pool := range s.backends {
		if next.backends[id] != pool {
			pool.Close()
		}
	}
}
