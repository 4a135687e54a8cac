package submitter

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/replicas"
)

// Facts that no retry can help go to DEAD, and hold back none behind them.
func TestFaultySealedFactsAreBuried(t *testing.T) {
	w := newWorld(t, never)
	s := w.start()
	faults := map[string]func(*sessionv1.Sealed){
		"without terms": func(f *sessionv1.Sealed) { f.Terms = nil },
		"no id":         func(f *sessionv1.Sealed) { f.Terms.SessionId = "a b" },
		"heights":       func(f *sessionv1.Sealed) { f.Terms.EndHeight = 5 },
		"47 bytes":      func(f *sessionv1.Sealed) { f.Root = f.Root[:47] },
		"31 bytes":      func(f *sessionv1.Sealed) { f.Terms.TargetHash = f.Terms.TargetHash[:31] },
		"zero":          func(f *sessionv1.Sealed) { f.Terms.TargetHash = make([]byte, 32) },
	}
	buried := 0
	for says, spoil := range faults {
		z := newSession(t, supplier(t, 0), "a", 20)
		z.fact.Terms = proto.CloneOf(z.terms)
		spoil(z.fact)
		w.seal(z)
		buried++
		require.Contains(t, w.dead(buried), says)
	}
	_, err := w.bus.JS.Publish(t.Context(), bus.SessionSealedSubject("x", "y"), []byte{0xff})
	require.NoError(t, err)
	require.Contains(t, w.dead(buried+1), "decode")
	good := newSession(t, supplier(t, 0), "b", 20)
	w.seal(good)
	s.owes(good, claimv1.Phase_PHASE_SEALED)
}

// dead waits for the n-th dead letter and returns its reason.
func (w *world) dead(n int) string {
	w.t.Helper()
	s, err := w.bus.JS.Stream(w.t.Context(), bus.StreamDead)
	require.NoError(w.t, err)
	var m *jetstream.RawStreamMsg
	eventually(w.t, func() bool { m, err = s.GetMsg(w.t.Context(), uint64(n)); return err == nil }, "dead letter %d", n)
	return m.Header.Get("Lode-Error")
}

// One event that cannot be read goes to DEAD with its part; the endings beside it count.
func TestUnreadableEventHoldsBackNone(t *testing.T) {
	w := newWorld(t, never)
	s := w.start()
	a, b := newSession(t, supplier(t, 0), "a", 20), newSession(t, supplier(t, 1), "b", 20)
	w.seal(a, b)
	s.owesAll(a, b)
	part := &chainv1.Events{Height: 20}
	for _, z := range []*sealed{a, nil, b} {
		if z == nil {
			part.Events = append(part.Events, &chainv1.Event{Type: "pocket.tokenomics.EventClaimSettled", Attributes: []*chainv1.Attribute{{Key: "num_relays", Value: "{"}}})
			continue
		}
		part.Events = append(part.Events, typed(t, &tokenomicstypes.EventClaimSettled{
			SupplierOperatorAddress: z.terms.Supplier, ApplicationAddress: z.terms.Application, ServiceId: "svc",
			SessionEndBlockHeight: endHeight, SettledUpokt: "9upokt",
		}))
	}
	w.say(bus.ChainEventsSubject("tokenomics"), part)
	require.Equal(t, "9", w.ended(s, a).SettledUpokt)
	require.Equal(t, "9", w.ended(s, b).SettledUpokt)
	require.Contains(t, w.dead(1), "EventClaimSettled")
}

func FuzzReadEnding(f *testing.F) {
	for _, kind := range []string{"Settled", "Expired", "Discarded"} {
		f.Add(kind, "session_end_block_height", `"20"`, "reward_distribution", `{"a":"1upokt"}`)
		f.Add(kind, "settled_upokt", `"5upokt"`, "expiration_reason", `"PROOF_MISSING"`)
		f.Add(kind, "mode", "EndBlock", "supplier_operator_address", `null`)
		f.Add(kind, "error", `[[[[`, "", "")
	}
	f.Fuzz(func(t *testing.T, kind, key1, value1, key2, value2 string) {
		e := &chainv1.Event{Type: "pocket.tokenomics.EventClaim" + kind, Attributes: []*chainv1.Attribute{{Key: key1, Value: value1}, {Key: key2, Value: value2}}}
		_, how, ok, err := readEnding(e)
		require.False(t, ok && err != nil)
		require.Equal(t, ok, how.outcome != claimv1.Outcome_OUTCOME_UNSPECIFIED)
	})
}

// FuzzHandlers feeds arbitrary bytes to both handlers: an error or nothing, and no obligation of a fact with faults.
func FuzzHandlers(f *testing.F) {
	z := newSession(f, supplier(f, 0), "a", 3)
	for _, m := range []proto.Message{z.fact, &sessionv1.Sealed{}, &chainv1.Events{Events: []*chainv1.Event{{Type: "pocket.tokenomics.EventClaimExpired"}}}} {
		raw, err := proto.Marshal(m)
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Add([]byte{0xff})
	s := &Submitter{
		kit: run.Kit{Log: slog.New(slog.DiscardHandler)}, metrics: newMetrics(prometheus.NewRegistry()),
		book: newBook(nil), others: replicas.New(nil, "x", time.Minute, func() {}),
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		_ = s.onChainEvents(context.Background(), bus.Msg{Data: raw})
		require.NoError(t, s.onSessionSealedForeign(raw))
		fact := new(sessionv1.Sealed)
		if proto.Unmarshal(raw, fact) != nil || check(fact) != nil {
			return
		}
		require.NotContains(t, keyOf(&relayv1.Terms{SessionId: fact.Terms.SessionId}), " ")
		require.Len(t, strings.Split(bus.ClaimEndedSubject("s", fact.Terms.SessionId), "."), 5)
	})
}

var errNotRefused = errors.New("a fact with faults was taken")

// onSessionSealedForeign handles a fact; without keys none is ours, so that neither chain nor bus is asked.
func (s *Submitter) onSessionSealedForeign(raw []byte) error {
	err := s.onSessionSealed(context.Background(), bus.Msg{Data: raw})
	fact := new(sessionv1.Sealed)
	if proto.Unmarshal(raw, fact) == nil && check(fact) == nil {
		return err
	}
	if err == nil {
		return errNotRefused
	}
	return nil
}
