package submitter

import (
	"context"
	"fmt"
	"strings"

	abci "github.com/cometbft/cometbft/abci/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
	"google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// onChainEvents ends the obligations whose claims the chain has settled, expired or discarded.
func (s *Submitter) onChainEvents(ctx context.Context, m bus.Msg) error {
	part := new(chainv1.Events)
	if err := proto.Unmarshal(m.Data, part); err != nil {
		return bus.Poison(fmt.Errorf("decode events: %w", err))
	}
	s.stepping.Lock()
	defer s.stepping.Unlock()
	for _, e := range part.Events {
		k, how, ok, err := readEnding(e)
		if err != nil {
			return bus.Poison(err)
		}
		if _, ours := s.keys[k.supplier]; !ok || !ours {
			continue
		}
		if o := s.book.find(k, how); o != nil {
			if err := s.end(ctx, o, how); err != nil {
				return err
			}
		}
	}
	return nil
}

// readEnding reads the events that end a claim; ok is false for all others.
func readEnding(e *chainv1.Event) (k naturalKey, how ending, ok bool, err error) {
	switch e.Type {
	case "pocket.tokenomics.EventClaimSettled", "pocket.tokenomics.EventClaimExpired", "pocket.tokenomics.EventClaimDiscarded":
	default:
		return k, how, false, nil
	}
	typed, err := parseTyped(e)
	if err != nil {
		return k, how, false, err
	}
	switch t := typed.(type) {
	case *tokenomicstypes.EventClaimSettled:
		k = naturalKey{t.SupplierOperatorAddress, t.ApplicationAddress, t.ServiceId, t.SessionEndBlockHeight}
		how = ending{outcome: claimv1.Outcome_OUTCOME_SETTLED, settled: strings.TrimSuffix(t.SettledUpokt, "upokt")}
	case *tokenomicstypes.EventClaimExpired:
		k = naturalKey{t.SupplierOperatorAddress, t.ApplicationAddress, t.ServiceId, t.SessionEndBlockHeight}
		how = ending{outcome: claimv1.Outcome_OUTCOME_EXPIRED, reason: t.ExpirationReason.String()}
	case *tokenomicstypes.EventClaimDiscarded:
		k = naturalKey{t.SupplierOperatorAddress, t.ApplicationAddress, t.ServiceId, t.SessionEndBlockHeight}
		how = ending{outcome: claimv1.Outcome_OUTCOME_DISCARDED, reason: t.Error}
	default:
		return k, how, false, fmt.Errorf("event %s has Go type %T", e.Type, typed)
	}
	return k, how, true, nil
}

// parseTyped decodes an event by the chain's own types. The node's own attributes mode and msg_index are no fields.
func parseTyped(e *chainv1.Event) (any, error) {
	event := abci.Event{Type: e.Type}
	for _, a := range e.Attributes {
		if a.Key != "mode" && a.Key != "msg_index" {
			event.Attributes = append(event.Attributes, abci.EventAttribute{Key: a.Key, Value: a.Value})
		}
	}
	typed, err := sdk.ParseTypedEvent(event)
	if err != nil {
		return nil, fmt.Errorf("decode event %s: %w", e.Type, err)
	}
	return typed, nil
}
