package hasher

import (
	"context"
	"errors"
	"fmt"
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
	"github.com/lodeworks/lode/services/hasher/fold"
	"github.com/lodeworks/lode/services/hasher/fold/foldtest"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
	"github.com/lodeworks/lode/services/kit/run"
)

type entry = foldtest.Entry

func some(from, n int) []entry { return foldtest.Some(from, n) }

func termsOf(supplier, session string) *relayv1.Terms {
	return foldtest.Terms(supplier, session, foldtest.Half)
}

// world is a bus on which the tests speak for all other services.
type world struct {
	t    *testing.T
	url  string
	bus  *bus.Bus
	cfg  Config
	log  slog.Handler
	next func(*Hasher) // applied to each hasher before it runs; may be nil
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, url: bustest.Server(t), cfg: Default(), log: slog.DiscardHandler}
	w.bus = bustest.Dial(t, w.url, "test")
	require.NoError(t, w.bus.Apply(t.Context(), 1))
	w.cfg.Bus.URL = w.url
	w.cfg.Partitions = 4
	w.cfg.LeaseTTL = 300 * time.Millisecond
	w.cfg.CheckpointEvery = 20 * time.Millisecond
	return w
}

// running is one hasher of the world.
type running struct {
	*Hasher
	t    *testing.T
	stop context.CancelFunc
	done chan error
}

// idle is a hasher that does not run.
func (w *world) idle() *Hasher {
	w.t.Helper()
	require.NoError(w.t, w.cfg.Validate())
	h, err := New(w.t.Context(), w.cfg, run.Kit{Log: slog.New(w.log), Metrics: prometheus.NewRegistry(), Health: run.NewHealth()})
	require.NoError(w.t, err)
	return h
}

// start runs a hasher until the test ends or it is stopped.
func (w *world) start() *running {
	w.t.Helper()
	h := w.idle()
	if w.next != nil {
		w.next(h)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	r := &running{Hasher: h, t: w.t, stop: cancel, done: make(chan error, 1)}
	go func() { r.done <- h.Run(ctx); close(r.done) }()
	w.t.Cleanup(func() {
		cancel()
		r.over()
	})
	return r
}

// leave stops the hasher as an operator does.
func (r *running) leave() {
	r.t.Helper()
	r.stop()
	if err := <-r.done; err != nil {
		require.ErrorIs(r.t, err, context.Canceled)
	}
}

// kill stops the hasher where it stands: it can say nothing more.
func (r *running) kill() {
	r.t.Helper()
	r.bus.Close()
	r.stop()
	r.over()
}

// over waits until the hasher has ended.
func (r *running) over() {
	for range r.done {
		continue
	}
}

// owns waits until the hasher has folded what others left of so many partitions.
func (r *running) owns(partitions int) {
	r.t.Helper()
	eventually(r.t, func() bool { return len(r.workers.loaded()) == partitions }, fmt.Sprint(partitions, " partitions taken"))
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

func (w *world) subject(terms *relayv1.Terms) string {
	return bus.RelayServedSubject(fmt.Sprint(w.partition(terms)), fmt.Sprint(terms.EndHeight))
}

func (w *world) serve(log []entry, terms *relayv1.Terms) uint64 {
	w.t.Helper()
	return w.say(w.subject(terms), foldtest.Group(log, terms))
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
	want, root := foldtest.Reference(w.t, log, 0, foldtest.Half)
	require.Equal(w.t, want, foldtest.CountsOf(fact))
	require.Equal(w.t, root, fact.Root)
	require.True(w.t, proto.Equal(terms, fact.Terms))
	return fact
}

// messages counts what a stream holds under a subject.
func (w *world) messages(stream, subject string) int {
	w.t.Helper()
	subjects, err := w.bus.Subjects(w.t.Context(), stream, subject)
	require.NoError(w.t, err)
	total := uint64(0)
	for _, n := range subjects {
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

// holds tells whether a hasher has a session's tree.
func (r *running) holds(terms *relayv1.Terms) bool {
	for _, w := range r.workers.all() {
		w.mu.Lock()
		have := w.loaded.Load() && w.fold.Has(fold.KeyOf(terms))
		w.mu.Unlock()
		if have {
			return true
		}
	}
	return false
}

// foldLog is what the fold log has of a session's partition.
func (w *world) foldLog(terms *relayv1.Terms) *fold.Partition {
	w.t.Helper()
	p := fold.New(func(fold.Key) bool { return true })
	h := &Hasher{bus: w.bus}
	require.NoError(w.t, h.onFoldCommitted(w.t.Context(), w.partition(terms), p))
	return p
}

func (w *world) partition(terms *relayv1.Terms) uint32 {
	return bus.Partition(terms.Supplier+"/"+terms.SessionId, w.cfg.Partitions)
}

// folded waits until so many relays of a session are in the fold log, by whomever.
func (w *world) folded(terms *relayv1.Terms, relays int) {
	w.t.Helper()
	eventually(w.t, func() bool { return w.foldLog(terms).Logged(fold.KeyOf(terms)) == uint64(relays) }, fmt.Sprint(relays, " relays stored"))
}
