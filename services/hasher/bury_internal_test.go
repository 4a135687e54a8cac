package hasher

import (
	"testing"

	"github.com/stretchr/testify/require"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

func (w *world) garbage(subject string) {
	w.t.Helper()
	_, err := w.bus.JS.Publish(w.t.Context(), subject, []byte{0xff, 0xff})
	require.NoError(w.t, err)
}

func TestPoisonGroupsAreBuriedAndTheFoldGoesOn(t *testing.T) {
	w := newWorld(t)
	w.start()
	terms := termsOf("s1", "aa", half)
	w.serve(some(0, 5), terms)
	w.garbage(subject)
	require.Contains(t, w.dead(1), "decode relay group")
	w.serve([]entry{{0, "lost"}, {7, "x"}}, terms)
	require.Contains(t, w.dead(2), "names terms 7 of 1")
	short := termsOf("s1", "aa", half)
	short.TargetHash = short.TargetHash[:5]
	w.serve(some(0, 1), short)
	require.Contains(t, w.dead(3), "5 bytes")
	w.serve(some(5, 5), terms)
	w.block(22)
	w.requireFact(terms, append(some(0, 5), some(5, 5)...))
}

// Bad facts are in the log for good. They must not keep a hasher from starting.
func TestPoisonFactsAreBuried(t *testing.T) {
	w := newWorld(t)
	w.garbage(bus.ClaimEndedSubject("s1", "xx"))
	w.garbage(bus.SessionSealedSubject("s1", "xx"))
	w.start()
	w.dead(2)
	w.say(bus.ClaimEndedSubject("s1", "xx"), &claimv1.Changed{Obligation: &claimv1.Obligation{}})
	require.Contains(t, w.dead(3), "without terms")
	w.say(bus.SessionSealedSubject("s1", "xx"), &sessionv1.Sealed{})
	require.Contains(t, w.dead(4), "without terms")
	terms := termsOf("s1", "aa", half)
	w.serve(some(0, 5), []*relayv1.Terms{terms}...)
	w.block(22)
	w.requireFact(terms, some(0, 5))
}
