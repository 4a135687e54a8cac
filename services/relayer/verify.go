package relayer

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	sessiontypes "github.com/pokt-network/poktroll/x/session/types"

	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/pocket/ring"
)

// verify runs the checks that need the chain and the curve (relay.md §6, 10 to 14) and returns the session as the
// chain has it.
//
// Without check 12 a relay with the right session id and forged heights would lie in the tree and, if sampled,
// invalidate the claim of all the others.
func (s *Relayer) verify(ctx context.Context, a admitted) (*facts.Session, error) {
	header := a.request.Meta.SessionHeader
	if err := s.timely(ctx, header); err != nil {
		return nil, err
	}
	if err := s.checkSignature(ctx, a); err != nil {
		return nil, err
	}
	session, err := s.facts.Session(ctx, header.ApplicationAddress, header.ServiceId, header.SessionStartBlockHeight)
	if err != nil {
		return nil, refuse(http.StatusForbidden, relay.SessionMismatch, "session_query", err)
	}
	if !sameHeader(header, session.Header) {
		return nil, refuse(http.StatusForbidden, relay.SessionMismatch, "session_mismatch",
			fmt.Errorf("session header differs from the chain's: have %v, chain has %v", header, session.Header))
	}
	if session.Supplier(a.request.Meta.SupplierOperatorAddress) == nil {
		return nil, refuse(http.StatusForbidden, relay.SupplierNotInSession, "not_in_session",
			fmt.Errorf("supplier %s is not in session %s", a.request.Meta.SupplierOperatorAddress, header.SessionId))
	}
	return session, nil
}

// timely is check 10: the session must be running, or in its grace period.
func (s *Relayer) timely(ctx context.Context, header *sessiontypes.SessionHeader) error {
	height, end := s.height.Load(), header.SessionEndBlockHeight
	if end >= height {
		return nil
	}
	params, err := s.facts.PastParams(ctx, end)
	if err != nil {
		return refuse(http.StatusForbidden, relay.SessionMismatch, "params_query", err)
	}
	if height > end+int64(params.GracePeriodEndOffsetBlocks) {
		return refuse(http.StatusForbidden, relay.SessionMismatch, "expired",
			fmt.Errorf("session ended at height %d and its grace period is over at height %d", end, height))
	}
	return nil
}

// checkSignature is check 11. A signer that is not in the ring as known here is looked for once more on the chain,
// for a new delegation counts at once; at most once per block, application and session.
func (s *Relayer) checkSignature(ctx context.Context, a admitted) error {
	header := a.request.Meta.SessionHeader
	hash := a.canonical.Hash()
	try := func(fresh bool) error {
		set, err := s.facts.Ring(ctx, header.ApplicationAddress, header.SessionEndBlockHeight, fresh)
		if err != nil {
			return refuse(http.StatusForbidden, relay.RingInvalidRequest, "ring_query", err)
		}
		return s.ring.Verify(hash, a.request.Meta.Signature, set)
	}
	err := try(false)
	if errors.Is(err, ring.ErrNotMember) && s.mayRefresh(header) {
		err = try(true)
	}
	var r *refusal
	switch {
	case err == nil, errors.As(err, &r):
		return err
	case errors.Is(err, ring.ErrMalformed):
		return refuse(http.StatusForbidden, relay.RingInvalidRequest, "signature_malformed", err)
	default:
		return refuse(http.StatusForbidden, relay.RingInvalidSignature, "signature", err)
	}
}

// ringKey names a ring. The end height is the request's own claim: a forged one must not use up another ring's turn.
type ringKey struct {
	application string
	end         int64
}

// mayRefresh tells whether the ring was not yet read again in this block, and notes that it is now.
func (s *Relayer) mayRefresh(header *sessiontypes.SessionHeader) bool {
	height := s.height.Load()
	key := ringKey{header.ApplicationAddress, header.SessionEndBlockHeight}
	before, ok, _ := s.refreshed.PeekOrAdd(key, height)
	if ok && before >= height {
		return false
	}
	s.refreshed.Add(key, height)
	return true
}

func sameHeader(a, b *sessiontypes.SessionHeader) bool {
	return a.ApplicationAddress == b.ApplicationAddress && a.ServiceId == b.ServiceId && a.SessionId == b.SessionId &&
		a.SessionStartBlockHeight == b.SessionStartBlockHeight && a.SessionEndBlockHeight == b.SessionEndBlockHeight
}
