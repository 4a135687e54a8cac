package hasher

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
	"github.com/lodeworks/lode/services/kit/run"
)

// world is a bus on which the tests speak for all other services.
type world struct {
	t   *testing.T
	url string
	bus *bus.Bus
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, url: bustest.Server(t)}
	w.bus = bustest.Dial(t, w.url, "test")
	require.NoError(t, w.bus.Apply(t.Context(), 1))
	return w
}

// running is one hasher of the world.
type running struct {
	*Hasher
	t    *testing.T
	stop context.CancelFunc
	done chan error
}

// start runs a hasher until the test ends or it is stopped.
func (w *world) start() *running {
	w.t.Helper()
	cfg := Default()
	cfg.Bus.URL = w.url
	require.NoError(w.t, cfg.Validate())
	h, err := New(w.t.Context(), cfg, run.Kit{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Health: run.NewHealth()})
	require.NoError(w.t, err)
	ctx, cancel := context.WithCancel(w.t.Context())
	r := &running{Hasher: h, t: w.t, stop: cancel, done: make(chan error, 1)}
	go func() { r.done <- h.Run(ctx) }()
	w.t.Cleanup(cancel)
	return r
}

// kill stops the hasher where it stands; nothing of it is left but the bus.
func (r *running) kill() {
	r.t.Helper()
	r.stop()
	require.ErrorIs(r.t, <-r.done, context.Canceled)
}

// folds waits until the hasher has folded up to a log position.
func (r *running) folds(position uint64) {
	r.t.Helper()
	eventually(r.t, func() bool { return r.state.position() >= position }, "log folded")
}

func eventually(t *testing.T, ok func() bool, what string) {
	t.Helper()
	require.Eventually(t, ok, 20*time.Second, 2*time.Millisecond, what)
}

// say publishes and returns the sequence.
func (w *world) say(subject string, body proto.Message) uint64 {
	w.t.Helper()
	sequence, _, err := w.bus.Publish(w.t.Context(), bus.Message{Subject: subject, Body: body})
	require.NoError(w.t, err)
	return sequence
}

func (w *world) serve(log []entry, terms ...*relayv1.Terms) uint64 {
	w.t.Helper()
	return w.say(subject, group(log, terms))
}

func (w *world) block(height int64) { w.say(bus.BlockCommittedSubject, &chainv1.Block{Height: height}) }

func (w *world) ended(terms *relayv1.Terms) {
	w.t.Helper()
	w.say(bus.ClaimEndedSubject(terms.Supplier, terms.SessionId), &claimv1.Changed{Obligation: &claimv1.Obligation{Terms: terms}})
}

// fact waits for a session's sealed fact.
func (w *world) fact(terms *relayv1.Terms) *sessionv1.Sealed {
	w.t.Helper()
	fact := new(sessionv1.Sealed)
	eventually(w.t, func() bool {
		_, found, err := w.bus.Last(w.t.Context(), bus.StreamSessions, bus.SessionSealedSubject(terms.Supplier, terms.SessionId), fact)
		require.NoError(w.t, err)
		return found
	}, "session sealed")
	return fact
}

// requireFact checks a fact against the official library and the counts by the book.
func (w *world) requireFact(terms *relayv1.Terms, log []entry) *sessionv1.Sealed {
	w.t.Helper()
	fact := w.fact(terms)
	want, root := reference(w.t, log, 0, half)
	require.Equal(w.t, want, countsOf(fact))
	require.Equal(w.t, root, fact.Root)
	require.True(w.t, proto.Equal(terms, fact.Terms))
	return fact
}

// messages counts what a stream holds under a subject.
func (w *world) messages(stream, subject string) int {
	w.t.Helper()
	s, err := w.bus.JS.Stream(w.t.Context(), stream)
	require.NoError(w.t, err)
	info, err := s.Info(w.t.Context(), jetstream.WithSubjectFilter(subject))
	require.NoError(w.t, err)
	total := uint64(0)
	for _, n := range info.State.Subjects {
		total += n
	}
	return int(total)
}

// dead waits for n dead letters and returns the reason of the last.
func (w *world) dead(n int) string {
	w.t.Helper()
	eventually(w.t, func() bool { return w.messages(bus.StreamDead, bus.DeadFilter) == n }, "dead letters")
	s, err := w.bus.JS.Stream(w.t.Context(), bus.StreamDead)
	require.NoError(w.t, err)
	m, err := s.GetMsg(w.t.Context(), uint64(n))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return ""
	}
	require.NoError(w.t, err)
	return m.Header.Get("Lode-Error")
}
