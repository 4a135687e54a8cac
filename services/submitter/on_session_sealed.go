package submitter

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/pocket/difficulty"
	"github.com/lodeworks/lode/services/pocket/session"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// onSessionSealed makes a sealed session an obligation, whoever will act for it. Said twice, it is one.
func (s *Submitter) onSessionSealed(ctx context.Context, m bus.Msg) error {
	fact := new(sessionv1.Sealed)
	if err := proto.Unmarshal(m.Data, fact); err != nil {
		return bus.Poison(fmt.Errorf("decode sealed fact: %w", err))
	}
	if err := check(fact); err != nil {
		return bus.Poison(err)
	}
	s.stepping.RLock()
	defer s.stepping.RUnlock()
	alive := s.alive()
	if !known(fact.Terms.Supplier, alive) {
		return nil
	}
	ended, err := s.alreadyEnded(ctx, fact)
	if err != nil || ended {
		return err
	}
	o, err := s.newObligation(ctx, fact)
	if errors.Is(err, claim.ErrPrices) {
		return bus.Poison(err)
	}
	if err != nil {
		return bus.Retry(err, time.Second)
	}
	if s.owner(fact.Terms.Supplier, alive) == s.self {
		o.Owner = s.self
	}
	return s.owe(ctx, o)
}

// owe stores a new obligation, unless it is stored already, and ends it when the chain has.
func (s *Submitter) owe(ctx context.Context, o *claimv1.Obligation) error {
	created, err := s.book.create(ctx, o)
	if err != nil {
		return err
	}
	if created {
		s.wakeUp()
		if err := s.say(ctx, o); err != nil {
			s.kit.Log.Warn("obligation not said yet", "supplier", o.Terms.Supplier, "session", o.Terms.SessionId, "err", err)
		}
	}
	k := naturalKeyOf(o.Terms)
	how, ok, err := s.endings.get(ctx, k)
	if err != nil || !ok {
		return err
	}
	if err := s.endAs(ctx, keyOf(o.Terms), how); err != nil {
		return err
	}
	return s.endings.drop(ctx, k)
}

// sessionID is how the chain writes them.
var sessionID = regexp.MustCompile("^[0-9a-f]{64}$")

// check finds the faults that no retry can help.
func check(fact *sessionv1.Sealed) error {
	t := fact.Terms
	switch {
	case t == nil:
		return errors.New("sealed fact without terms")
	case !sessionID.MatchString(t.SessionId):
		return fmt.Errorf("sealed fact of session %.100q: this is no id", t.SessionId)
	case t.StartHeight <= 0 || t.EndHeight < t.StartHeight || t.ClaimOpenHeight <= t.EndHeight:
		return fmt.Errorf("sealed fact of session %s: heights %d, %d, %d", t.SessionId, t.StartHeight, t.EndHeight, t.ClaimOpenHeight)
	case fact.Mined == 0:
		return nil
	}
	_, rootErr := smst.ParseDigest(fact.Root)
	_, targetErr := difficulty.Parse(t.TargetHash)
	return errors.Join(rootErr, targetErr)
}

func (s *Submitter) alreadyEnded(ctx context.Context, fact *sessionv1.Sealed) (bool, error) {
	subject := bus.ClaimEndedSubject(fact.Terms.Supplier, fact.Terms.SessionId)
	_, found, err := s.bus.Last(ctx, bus.StreamClaims, subject, new(claimv1.Changed))
	return found, err
}

// newObligation adds the windows and the worth, by the parameters effective at the session's end and start.
func (s *Submitter) newObligation(ctx context.Context, fact *sessionv1.Sealed) (*claimv1.Obligation, error) {
	end, err := s.facts.PastParams(ctx, fact.Terms.EndHeight)
	if err != nil {
		return nil, err
	}
	w := session.At(end, fact.Terms.EndHeight)
	o := &claimv1.Obligation{
		Terms: fact.Terms, Root: fact.Root, Mined: fact.Mined, Phase: claimv1.Phase_PHASE_SEALED,
		ClaimCloseHeight: w.ClaimClose, ProofOpenHeight: w.ProofOpen, ProofCloseHeight: w.ProofClose, ClaimedUpokt: "0",
	}
	if fact.Mined == 0 {
		return o, nil
	}
	amounts, err := s.amounts(ctx, o)
	if err != nil {
		return nil, err
	}
	o.ClaimedUpokt = amounts.Upokt.String()
	o.ExpectedUpokt = s.expect(ctx, s.height(), o)
	return o, nil
}

// amounts computes what the claim is worth by the chain's formula.
func (s *Submitter) amounts(ctx context.Context, o *claimv1.Obligation) (claim.Amounts, error) {
	root, err := smst.ParseDigest(o.Root)
	if err != nil {
		return claim.Amounts{}, err
	}
	prices, err := s.prices(ctx, o.Terms)
	if err != nil {
		return claim.Amounts{}, err
	}
	return claim.AmountsOf(root, prices)
}

// prices are those of the session's start.
func (s *Submitter) prices(ctx context.Context, t *relayv1.Terms) (claim.Prices, error) {
	target, err := difficulty.Parse(t.TargetHash)
	if err != nil {
		return claim.Prices{}, err
	}
	start, err := s.facts.PastParams(ctx, t.StartHeight)
	if err != nil {
		return claim.Prices{}, err
	}
	return claim.PricesAt(start, target), nil
}
