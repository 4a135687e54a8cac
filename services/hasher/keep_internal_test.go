package hasher

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/hasher/fold/foldtest"
	"github.com/lodeworks/lode/services/kit/bus"
)

// endedAs says how a session's claim has ended.
func (w *world) endedAs(terms *relayv1.Terms, outcome claimv1.Outcome) {
	w.t.Helper()
	w.say(bus.ClaimEndedSubject(terms.Supplier, terms.SessionId), &claimv1.Changed{Obligation: &claimv1.Obligation{Terms: terms, Outcome: outcome}})
}

// When the log is purged, the relays of lost claims are kept, those of others are not; also when the hasher that heard of
// the end is gone before the purge.
func TestRelaysOfLostClaimsAreKept(t *testing.T) {
	for name, restarted := range map[string]bool{"heard": false, "found at the start": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.cfg.Partitions, w.cfg.PurgeAfter = 1, nil
			h := w.start()
			lost, paid, open := termsOf("s1", "aa"), termsOf("s1", "bb"), termsOf("s2", "cc")
			first := w.say(w.subject(lost), both(some(0, 4), lost, some(0, 3), paid))
			second := w.serve(some(4, 2), lost)
			w.serve(some(0, 1), open)
			w.block(22)
			for _, terms := range []*relayv1.Terms{lost, paid, open} {
				w.fact(terms)
			}
			w.endedAs(lost, claimv1.Outcome_OUTCOME_EXPIRED)
			w.endedAs(paid, claimv1.Outcome_OUTCOME_SETTLED)
			eventually(t, func() bool { return !h.holds(lost) && !h.holds(paid) }, "sessions forgotten")
			if restarted {
				h.kill()
				h = w.start()
				h.owns(1)
			}
			require.Zero(t, w.messages(bus.StreamEvidence, bus.RelayKeptFilter))
			w.endedAs(open, claimv1.Outcome_OUTCOME_UNPROFITABLE)
			eventually(t, func() bool { return !h.holds(open) }, "session forgotten")
			w.block(23)
			eventually(t, func() bool { return w.messages(bus.StreamRelays, w.subject(lost)) == 0 }, "purged")

			kept := map[uint64]*relayv1.ServedGroup{}
			_, err := w.bus.Replay(t.Context(), bus.StreamEvidence, nil, func(m bus.Msg) error {
				require.Equal(t, bus.RelayKeptSubject(lost.Supplier, lost.SessionId), m.Subject)
				k := new(relayv1.Kept)
				if err := proto.Unmarshal(m.Data, k); err != nil {
					return err
				}
				kept[k.LogSequence] = k.Group
				return nil
			})
			require.NoError(t, err)
			require.Len(t, kept, 2)
			for sequence, want := range map[uint64]*relayv1.ServedGroup{first: foldtest.Group(some(0, 4), lost), second: foldtest.Group(some(4, 2), lost)} {
				require.True(t, proto.Equal(want, kept[sequence]), "%v\n%v", want, kept[sequence])
			}
		})
	}
}

// both is a group with relays of two sessions, in turn.
func both(a []entry, of *relayv1.Terms, b []entry, other *relayv1.Terms) *relayv1.ServedGroup {
	group, more := foldtest.Group(a, of), foldtest.Group(b, other)
	group.Terms = append(group.Terms, other)
	for _, r := range more.Relays {
		r.Terms = 1
		group.Relays = append([]*relayv1.Served{r}, group.Relays...)
	}
	return group
}
