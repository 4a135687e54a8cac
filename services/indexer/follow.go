package indexer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
)

const (
	firstRest    = 10 * time.Millisecond // before a second attempt
	longestRest  = 2 * time.Second       // before any other
	conflictRest = time.Second           // while another indexer goes on
)

// follow indexes every height after the stream's last block until ctx ends or the nodes turn out to be of another chain.
func (s *Service) follow(ctx context.Context) error {
	for failures := 0; ctx.Err() == nil; {
		before := s.newest
		err := s.pass(ctx)
		if s.newest > before {
			failures = 0
		}
		switch {
		case ctx.Err() != nil:
		case errors.Is(err, chain.ErrForeign):
			return fmt.Errorf("%w: %w", errWrongChain, err)
		case errors.Is(err, errWrongChain):
			return err
		case errors.Is(err, bus.ErrConflict):
			s.log.Info("another indexer was first", "height", s.newest+1)
			pause(ctx, conflictRest)
		default:
			failures++
			s.failed(ctx, s.newest+1, failures, err)
		}
	}
	return ctx.Err()
}

// failed records a failed attempt and waits before the next.
func (s *Service) failed(ctx context.Context, height int64, attempt int, err error) {
	s.metrics.failures.Inc()
	if attempt%32 == 3 { // the first two are usual at the newest height: a node stores a block before it has executed it
		s.log.Warn("cannot go on yet", "height", height, "attempt", attempt, "err", err)
	}
	pause(ctx, min(firstRest<<min(attempt-1, 20), longestRest))
}

// resume reads where to go on.
func (s *Service) resume(ctx context.Context) (checkpoint, error) {
	last, err := readCheckpoint(ctx, s.bus)
	if err != nil || last.height == 0 {
		return last, err
	}
	if want := s.cfg.Chain.ChainID; want != "" && last.chainID != want {
		return last, fmt.Errorf("%w: chain_id is %q, the stream's %q", errWrongChain, want, last.chainID)
	}
	s.chain.Follow(last.chainID)
	s.reached(last.height)
	return last, nil
}

// first returns the first height to index: after the checkpoint, or where configured, or the newest.
func (s *Service) first(ctx context.Context, last checkpoint) (int64, error) {
	switch {
	case last.height > 0:
		return last.height + 1, nil
	case s.cfg.StartHeight > 0:
		return s.cfg.StartHeight, nil
	default:
		return s.chain.Await(ctx, 0)
	}
}

// said records that the stream has a height.
func (s *Service) said(h height) {
	s.metrics.said(h.block)
	s.reached(h.block.Height)
}

// reached is progress if the height is new, whoever said it.
func (s *Service) reached(height int64) {
	if height <= s.newest {
		return
	}
	s.newest = height
	s.metrics.height.Set(float64(height))
	s.metrics.since.SetToCurrentTime()
	s.probe.Beat()
	select {
	case s.moved <- struct{}{}:
	default:
	}
}

// alarm says when no height has come for too long.
func (s *Service) alarm(ctx context.Context) {
	late := time.NewTimer(s.cfg.StaleAfter)
	defer late.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.moved:
		case <-late.C:
			tip, _ := s.chain.QuorumHeight()
			s.log.Error("no new height", "for", s.cfg.StaleAfter, "tip", tip, "nodes", s.chain.Faults())
		}
		late.Reset(s.cfg.StaleAfter)
	}
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
