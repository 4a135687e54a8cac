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
	"github.com/lodeworks/lode/services/relayer/admission"
)

// verify runs the checks that need the chain and the curve (relay.md §6, 10 to 14) and returns the session as the
// chain has it.
//
// Without check 12 a relay with the right session id and forged heights would lie in the tree and, if sampled,
// invalidate the claim of all the others.
//
// What passes can't pass again: it is served once, unless it is given back by guard.unserved.
func (s *setup) verify(ctx context.Context, a admitted) (*facts.Session, error) {
	class, err := s.guard.before(ctx, a)
	if err != nil {
		return nil, err
	}
	session, err := s.check(s.guard.asking(ctx, a.request.Meta.SessionHeader.ApplicationAddress), a, class)
	if err != nil {
		s.guard.failed(ctx, a, err)
		return nil, err
	}
	return session, s.guard.passed(a)
}

func (s *setup) check(ctx context.Context, a admitted, class admission.Class) (*facts.Session, error) {
	header := a.request.Meta.SessionHeader
	if err := s.timely(ctx, header); err != nil {
		return nil, err
	}
	if err := s.checkSignature(ctx, a, class); err != nil {
		return nil, err
	}
	session, err := s.session(ctx, header)
	if err != nil {
		return nil, unanswered(relay.SessionMismatch, "session_query", err)
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

// checkSignature is check 11. A signer that is not in the ring as known here is looked for once more on the chain,
// for a new delegation counts at once; at most once per block, application and session.
func (s *setup) checkSignature(ctx context.Context, a admitted, class admission.Class) error {
	header := a.request.Meta.SessionHeader
	try := func(fresh bool) error {
		set, err := s.ringOf(ctx, header, fresh)
		if err != nil {
			return unanswered(relay.RingInvalidRequest, "ring_query", err)
		}
		turn, err := s.guard.checks.Take(ctx, class)
		if err != nil {
			return refuse(http.StatusServiceUnavailable, relay.Internal, "verify_busy", err)
		}
		defer turn()
		return s.ring.Verify(a.hash, a.request.Meta.Signature, set)
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
func (s *setup) mayRefresh(header *sessiontypes.SessionHeader) bool {
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
