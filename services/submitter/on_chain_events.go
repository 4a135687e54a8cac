package submitter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
	"google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/event"
	"github.com/lodeworks/lode/services/kit/bus"
)

// eventsDurable is the consumer of the chain's events.
const eventsDurable = "submitter-chain-events"

// eventsRead tells whether all events up to the head are handled: a block is said after its events.
func (s *Submitter) eventsRead(ctx context.Context) (bool, error) {
	c, err := s.bus.JS.Consumer(ctx, bus.StreamChain, eventsDurable) // asks the server
	if err != nil {
		return false, fmt.Errorf("ask for consumer %s: %w", eventsDurable, err)
	}
	info := c.CachedInfo()
	return info.NumPending == 0 && info.NumAckPending == 0, nil
}

// onChainEvents ends the obligations whose claims the chain has settled, expired or discarded. An event that cannot
// be read holds back none of the others; its message goes to DEAD.
func (s *Submitter) onChainEvents(ctx context.Context, m bus.Msg) error {
	part := new(chainv1.Events)
	if err := proto.Unmarshal(m.Data, part); err != nil {
		return bus.Poison(fmt.Errorf("decode events: %w", err))
	}
	s.stepping.Lock()
	defer s.stepping.Unlock()
	var faults []error
	alive := s.alive()
	for _, e := range part.Events {
		k, how, ok, err := readEnding(e)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if !ok || !known(k.supplier, alive) {
			continue
		}
		if err := s.onEnding(ctx, k, how); err != nil {
			return err
		}
	}
	if len(faults) > 0 {
		return bus.Poison(errors.Join(faults...))
	}
	return nil
}

// onEnding ends the obligation that the chain names so, whoever acts for it. When there is none yet, the ending is
// kept for it.
func (s *Submitter) onEnding(ctx context.Context, k naturalKey, how ending) error {
	o, err := s.book.find(k), error(nil)
	if o == nil {
		o, err = s.book.ask(ctx, k)
	}
	if o == nil && err == nil {
		if err = s.endings.put(ctx, k, how); err == nil {
			o, err = s.book.ask(ctx, k) // it may have been created meanwhile, by who found no ending
		}
	}
	if o == nil || err != nil {
		return err
	}
	return s.endAs(ctx, keyOf(o.Terms), how)
}

// endAs ends an obligation as the chain did, whatever others do with it at the same time.
func (s *Submitter) endAs(ctx context.Context, key string, how ending) error {
	for range 5 {
		o, err := s.book.reload(ctx, key)
		if err != nil || o == nil {
			return err
		}
		if err := s.end(ctx, o, how); !errors.Is(err, errLost) {
			return err
		}
	}
	return bus.Retry(errLost, time.Second)
}

// readEnding reads the events that end a claim; ok is false for all others.
func readEnding(e *chainv1.Event) (k naturalKey, how ending, ok bool, err error) {
	switch e.Type {
	case "pocket.tokenomics.EventClaimSettled":
		var t tokenomicstypes.EventClaimSettled
		err = event.Decode(e, &t)
		k = naturalKey{t.SupplierOperatorAddress, t.ApplicationAddress, t.ServiceId, t.SessionEndBlockHeight}
		how = ending{outcome: claimv1.Outcome_OUTCOME_SETTLED, settled: strings.TrimSuffix(t.SettledUpokt, event.Denom)}
	case "pocket.tokenomics.EventClaimExpired":
		var t tokenomicstypes.EventClaimExpired
		err = event.Decode(e, &t)
		k = naturalKey{t.SupplierOperatorAddress, t.ApplicationAddress, t.ServiceId, t.SessionEndBlockHeight}
		how = ending{outcome: claimv1.Outcome_OUTCOME_EXPIRED, reason: t.ExpirationReason.String()}
	case "pocket.tokenomics.EventClaimDiscarded":
		var t tokenomicstypes.EventClaimDiscarded
		err = event.Decode(e, &t)
		k = naturalKey{t.SupplierOperatorAddress, t.ApplicationAddress, t.ServiceId, t.SessionEndBlockHeight}
		how = ending{outcome: claimv1.Outcome_OUTCOME_DISCARDED, reason: t.Error}
	default:
		return k, how, false, nil
	}
	if err != nil {
		return naturalKey{}, ending{}, false, err
	}
	return k, how, true, nil
}
