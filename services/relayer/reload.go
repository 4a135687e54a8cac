package relayer

import "context"

// Reload puts another configuration in force, and reads secrets and keys again. What is under way ends under the one that
// it began with.
func (s *Relayer) Reload(ctx context.Context, cfg Config) (Config, error) {
	before := s.now()
	cfg = cfg.keeping(before.cfg)
	if err := cfg.Validate(); err != nil {
		return before.cfg, err
	}
	next, err := s.setUp(cfg, before)
	if err != nil {
		return before.cfg, err
	}
	s.current.Store(next)
	s.meter.Set(cfg.Meter.OnBusFailure, cfg.Overservice)
	before.retire(next)
	s.keys.Reload(ctx) // on an error the keys that were there stay, and it says so
	return cfg, nil
}

// keeping is the configuration but for what cannot change while the relayer runs: that stays as it is in running.
func (c Config) keeping(running Config) Config {
	level := c.Observability.LogLevel // the shell takes it
	c.Observability, c.Bus, c.Chain, c.Keys, c.TLS, c.Spool = running.Observability, running.Bus, running.Chain, running.Keys, running.TLS, running.Spool
	c.Observability.LogLevel = level
	c.Listen, c.Partitions, c.MaxUnlogged, c.Ack = running.Listen, running.Partitions, running.MaxUnlogged, running.Ack
	c.RingTables, c.StaleAfter = running.RingTables, running.StaleAfter
	c.Meter.Timeout, c.Meter.ReturnAfter = running.Meter.Timeout, running.Meter.ReturnAfter
	was := running.Limits
	c.Limits.OverloadDelay, c.Limits.Replays = was.OverloadDelay, was.Replays
	c.Limits.Streams, c.Limits.Header, c.Limits.Patience = was.Streams, was.Header, was.Patience
	return c
}
