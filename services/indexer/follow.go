package indexer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lodeworks/lode/services/kit/bus"
)

// errNotYet is wrapped when the node has said that a height is there and does not give it yet: it stores a block
// before it has executed it.
var errNotYet = errors.New("the node does not give this height yet")

// follow indexes every height after the checkpoint until ctx ends or the node turns out to be of another chain.
func (s *Service) follow(ctx context.Context) error {
	failures := 0
	for ctx.Err() == nil {
		moved, err := s.step(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errWrongChain):
			return err
		case err != nil:
			failures++
			s.failed(ctx, err, failures)
			continue
		}
		failures = 0
		s.probe.Beat()
		if !moved {
			pause(ctx, s.cfg.PollInterval)
		}
	}
	return ctx.Err()
}

// failed records a failed step and waits before the next.
func (s *Service) failed(ctx context.Context, err error, failures int) {
	if errors.Is(err, bus.ErrConflict) {
		s.log.Info("another indexer was first", "height", s.last.height+1)
		s.known = false
		return
	}
	most := 2 * time.Second
	if errors.Is(err, errNotYet) {
		most = s.cfg.PollInterval
	} else {
		s.known = false
	}
	s.metrics.failures.Inc()
	if failures%32 == 3 { // the first two are usual at the newest height
		s.log.Warn("cannot go on yet", "height", s.last.height+1, "attempt", failures, "err", err)
	}
	pause(ctx, min(s.cfg.PollInterval/4<<min(failures-1, 20), most))
}

// step fetches and says what the node has and the stream has not, at most FetchAhead heights. moved tells that
// there may be more.
func (s *Service) step(ctx context.Context) (moved bool, err error) {
	if !s.known {
		if s.last, err = readCheckpoint(ctx, s.bus); err != nil {
			return false, err
		}
		s.known = true
	}
	tip, err := s.node.tip(ctx)
	if err != nil {
		return false, err
	}
	if err := s.rightChain(tip); err != nil {
		return false, err
	}
	next := s.last.next(s.cfg.StartHeight, tip.newest)
	s.metrics.lag.Set(float64(max(tip.newest-next+1, 0)))
	if tip.newest < next || tip.newest < 1 {
		return false, nil
	}
	if tip.earliest > next {
		return false, fmt.Errorf("the node has pruned height %d, its first is %d", next, tip.earliest)
	}
	heights, err := s.node.heights(ctx, next, min(tip.newest, next+int64(s.cfg.FetchAhead)-1))
	for _, h := range heights {
		if err := s.say(ctx, h); err != nil {
			return false, err
		}
	}
	if err != nil {
		return false, fmt.Errorf("%w: %w", errNotYet, err)
	}
	return true, nil
}

// rightChain refuses a node of another chain than configured or already in the stream.
func (s *Service) rightChain(t tip) error {
	for _, want := range []string{s.cfg.ChainID, s.last.chainID} {
		if want != "" && t.chainID != want {
			return fmt.Errorf("%w: node %q, expected %q", errWrongChain, t.chainID, want)
		}
	}
	return nil
}

// say publishes all parts of a height, then its block.
func (s *Service) say(ctx context.Context, h height) error {
	if err := s.last.follows(h); err != nil {
		return err
	}
	parts := split(h, s.cfg.MaxPartBytes)
	for _, p := range parts {
		if err := emitChainEvents(ctx, s.bus, p); err != nil {
			return err
		}
	}
	h.block.Parts = uint32(len(parts))
	sequence, err := emitBlockCommitted(ctx, s.bus, h.block, s.last.sequence)
	if err != nil {
		return err
	}
	s.last = checkpoint{height: h.block.Height, hash: h.block.Hash, chainID: h.block.ChainId, sequence: sequence}
	s.metrics.said(h, len(parts))
	return nil
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
