package hasher

import (
	"context"

	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/hasher/fold"
	"github.com/lodeworks/lode/services/kit/bus"
)

// evidence is the sessions of a partition whose claims were lost, by end height: their relays are kept when the log is
// purged.
type evidence map[int64]map[fold.Key]bool

// lostClaim tells whether an outcome is one of which somebody may want to see the evidence.
func lostClaim(o claimv1.Outcome) bool {
	switch o {
	case claimv1.Outcome_OUTCOME_CLAIM_MISSED, claimv1.Outcome_OUTCOME_EXPIRED, claimv1.Outcome_OUTCOME_DISCARDED, claimv1.Outcome_OUTCOME_UNSEEN:
		return true
	default:
		return false
	}
}

// note takes a session in when its claim was lost.
func (e evidence) note(o *claimv1.Obligation) {
	if !lostClaim(o.GetOutcome()) {
		return
	}
	end := o.GetTerms().GetEndHeight()
	if e[end] == nil {
		e[end] = map[fold.Key]bool{}
	}
	e[end][fold.KeyOf(o.Terms)] = true
}

// keep copies the relays of lost claims that are about to leave the log.
func (w *worker) keep(ctx context.Context, end int64, last uint64) error {
	w.mu.Lock()
	lost := w.evidence[end]
	w.mu.Unlock()
	if len(lost) == 0 {
		return nil
	}
	kept := 0
	_, err := w.h.bus.Replay(ctx, bus.StreamRelays, []string{w.subject(end)}, func(m bus.Msg) error {
		group := new(relayv1.ServedGroup)
		if m.Sequence > last || proto.Unmarshal(m.Data, group) != nil {
			return nil // what cannot be read is in DEAD
		}
		for k, part := range partsOf(group, lost) {
			kept += len(part.Relays)
			if err := w.h.emitRelayKept(ctx, k, &relayv1.Kept{LogSequence: m.Sequence, Group: part}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.h.kit.Log.Info("relays of lost claims kept", "partition", w.partition, "height", end, "sessions", len(lost), "relays", kept)
	w.mu.Lock()
	delete(w.evidence, end)
	w.mu.Unlock()
	return nil
}

// partsOf is what a group holds of each of the sessions.
func partsOf(group *relayv1.ServedGroup, of map[fold.Key]bool) map[fold.Key]*relayv1.ServedGroup {
	parts := map[fold.Key]*relayv1.ServedGroup{}
	for _, r := range group.Relays {
		if int(r.Terms) >= len(group.Terms) {
			continue
		}
		terms := group.Terms[r.Terms]
		k := fold.KeyOf(terms)
		if !of[k] {
			continue
		}
		if parts[k] == nil {
			parts[k] = &relayv1.ServedGroup{Relayer: group.Relayer, Terms: []*relayv1.Terms{terms}}
		}
		relay := proto.CloneOf(r)
		relay.Terms = 0
		parts[k].Relays = append(parts[k].Relays, relay)
	}
	return parts
}
