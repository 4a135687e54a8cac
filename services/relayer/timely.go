package relayer

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"

	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"

	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/pocket/ring"
	"github.com/lodeworks/lode/services/pocket/session"
)

// timely is check 10: the session must be running, in its grace period, or the next one, for the gateway may be a block
// ahead. Its heights must be those of a session at all: else every forged pair of heights would be a question to the
// chain, and an entry of its own in what is remembered of it.
func (s *setup) timely(ctx context.Context, header *sessiontypes.SessionHeader) error {
	height, start, end := s.height.Load(), header.SessionStartBlockHeight, header.SessionEndBlockHeight
	params, err := s.grid.at(ctx, s.facts, height)
	if err != nil {
		return unanswered(relay.SessionMismatch, "params_query", err)
	}
	grace := int64(params.GracePeriodEndOffsetBlocks)
	if end < height {
		// a longer grace period before the last change of parameters still counts, up to a session's length
		if end+grace+int64(params.NumBlocksPerSession) < height {
			return expired(end, height)
		}
		if params, err = s.facts.PastParams(ctx, end); err != nil {
			return unanswered(relay.SessionMismatch, "params_query", err)
		}
		if height > end+int64(params.GracePeriodEndOffsetBlocks) {
			return expired(end, height)
		}
	}
	next := session.End(params, height) + 1
	if start > next || session.Start(params, end) != start || session.End(params, end) != end {
		return refuse(http.StatusForbidden, relay.SessionMismatch, "session_mismatch",
			fmt.Errorf("session header differs from the chain's: heights %d to %d are no session at height %d", start, end, height))
	}
	return nil
}

func expired(end, height int64) error {
	return refuse(http.StatusForbidden, relay.SessionMismatch, "expired",
		fmt.Errorf("session ended at height %d and its grace period is over at height %d", end, height))
}

// grid is the live shared parameters. When there is a new height they are read again, once, while the ones before serve
// those who ask meanwhile.
type grid struct {
	last    atomic.Pointer[gridAt]
	reading atomic.Bool
}

type gridAt struct {
	height int64
	params *sharedtypes.Params
}

func (g *grid) at(ctx context.Context, f *facts.Facts, height int64) (*sharedtypes.Params, error) {
	last := g.last.Load()
	if last == nil {
		return g.read(ctx, f, height)
	}
	if last.height != height && g.reading.CompareAndSwap(false, true) {
		go func() {
			defer g.reading.Store(false)
			_, _ = g.read(context.WithoutCancel(ctx), f, height) // tried again with the next relay
		}()
	}
	return last.params, nil
}

func (g *grid) read(ctx context.Context, f *facts.Facts, height int64) (*sharedtypes.Params, error) {
	params, err := f.PastParams(ctx, height)
	if err == nil {
		g.last.Store(&gridAt{height, params})
	}
	return params, err
}

// session asks for what the header claims to be, unless the chain just said no.
func (s *setup) session(ctx context.Context, h *sessiontypes.SessionHeader) (*facts.Session, error) {
	about := question{h.ApplicationAddress, h.ServiceId, h.SessionStartBlockHeight}
	return asked(s.noes, about, s.height.Load(), func() (*facts.Session, error) {
		return s.facts.Session(ctx, h.ApplicationAddress, h.ServiceId, h.SessionStartBlockHeight)
	})
}

// ringOf asks for the application's ring, unless the chain just said no.
func (s *setup) ringOf(ctx context.Context, h *sessiontypes.SessionHeader, fresh bool) (ring.Set, error) {
	ask := func() (ring.Set, error) {
		return s.facts.Ring(ctx, h.ApplicationAddress, h.SessionEndBlockHeight, fresh)
	}
	if fresh {
		return ask()
	}
	return asked(s.noes, question{application: h.ApplicationAddress}, s.height.Load(), ask)
}
