package submitter

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/pocket/difficulty"
	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// Test keys: of nobody, never to be used elsewhere.
var testKeys = func() (list []string) {
	for i := range 20 {
		list = append(list, strings.Repeat(fmt.Sprintf("%02x", i+1), 32))
	}
	return list
}()

// The windows of the sessions in these tests, by the chain's default parameters.
const (
	endHeight  = 20
	claimOpen  = 22
	claimClose = 26
	seedHeight = 25
	proofOpen  = 26
	proofClose = 30 // and settlement
)

// world is a bus and a chain; the tests speak for indexer and hasher.
type world struct {
	t     *testing.T
	url   string
	bus   *bus.Bus
	chain *fakeChain
	cfg   Config
	next  func(*Submitter) // applied to each submitter before it runs; may be nil
}

// newWorld is a chain at height 20 that wants a proof of each claim with the probability given.
func newWorld(t *testing.T, probability float64) *world {
	w := &world{t: t, url: bustest.Server(t), chain: newChain(t, probability), cfg: Default()}
	w.bus = bustest.Dial(t, w.url, "test")
	require.NoError(t, w.bus.Apply(t.Context(), 1))
	w.cfg.Bus.URL = w.url
	w.cfg.Chain = w.chain.node.Config()
	w.keysAre(testKeys...)
	w.cfg.LeaseTTL = 300 * time.Millisecond
	w.cfg.Treasury.Every = 0 // tests look themselves
	require.NoError(t, w.cfg.Validate())
	w.chain.node.SetHeight(endHeight - 1)
	w.block()
	return w
}

// keysAre is what the next submitters will have.
func (w *world) keysAre(hex ...string) {
	w.t.Helper()
	w.cfg.KeysFile = filepath.Join(w.t.TempDir(), "keys")
	require.NoError(w.t, os.WriteFile(w.cfg.KeysFile, []byte(strings.Join(hex, "\n")), 0o600))
}

func supplier(t require.TestingT, i int) string {
	key, err := keys.ParseHex(testKeys[i])
	require.NoError(t, err)
	return key.Address()
}

// running is one submitter of the world.
type running struct {
	*Submitter
	t    *testing.T
	stop context.CancelFunc
	done chan error
}

func (w *world) start() *running {
	w.t.Helper()
	s, err := New(w.t.Context(), w.cfg, run.Kit{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Health: run.NewHealth()})
	require.NoError(w.t, err)
	if w.next != nil {
		w.next(s)
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	r := &running{Submitter: s, t: w.t, stop: cancel, done: make(chan error, 1)}
	go func() { r.done <- s.Run(ctx) }()
	w.t.Cleanup(cancel)
	return r
}

// kill stops the submitter where it stands; nothing of it is left but the bus.
func (r *running) kill() {
	r.t.Helper()
	r.stop()
	require.ErrorIs(r.t, <-r.done, context.Canceled)
}

func eventually(t *testing.T, ok func() bool, what string, args ...any) {
	t.Helper()
	require.Eventually(t, ok, 40*time.Second, 2*time.Millisecond, append([]any{what}, args...)...)
}

// say publishes one message.
func (w *world) say(subject string, body proto.Message) {
	w.t.Helper()
	_, _, err := w.bus.Publish(w.t.Context(), bus.Message{Subject: subject, Body: body})
	require.NoError(w.t, err)
}

// block makes a block and says it as the indexer does: events first.
func (w *world) block() int64 {
	w.t.Helper()
	height, events := w.chain.commit()
	if len(events) > 0 {
		w.events(height, events...)
	}
	w.say(bus.BlockCommittedSubject, &chainv1.Block{Height: height, TimeUnixNano: blockTime(height).UnixNano(), ChainId: chainID})
	return height
}

func (w *world) events(height int64, events ...sdk.Msg) {
	w.t.Helper()
	part := &chainv1.Events{Height: height}
	for _, e := range events {
		part.Events = append(part.Events, typed(w.t, e))
	}
	w.say(bus.ChainEventsSubject("tokenomics"), part)
}

// typed is an event as nodes give it, with the attribute that they add.
func typed(t require.TestingT, msg sdk.Msg) *chainv1.Event {
	event, err := sdk.TypedEventToEvent(msg)
	require.NoError(t, err)
	out := &chainv1.Event{Type: event.Type, Attributes: []*chainv1.Attribute{{Key: "mode", Value: "EndBlock"}}}
	for _, a := range event.Attributes {
		out.Attributes = append(out.Attributes, &chainv1.Attribute{Key: a.Key, Value: a.Value})
	}
	return out
}

// until makes blocks up to a height; the submitter serves each before the next.
func (w *world) until(s *running, height int64) {
	w.t.Helper()
	for w.chain.node.Height() < height {
		s.serves(w.block())
	}
}

// serves waits until the submitter has taken its step for a height.
func (r *running) serves(height int64) {
	r.t.Helper()
	eventually(r.t, func() bool {
		m := new(dto.Metric)
		require.NoError(r.t, r.metrics.served.Write(m))
		return int64(m.GetGauge().GetValue()) >= height
	}, "height %d served", height)
}

// sealed is a session as the hasher knows it.
type sealed struct {
	terms  *relayv1.Terms
	fact   *sessionv1.Sealed
	tree   *smst.Tree
	values map[smst.Path][]byte
}

// session makes a session with n leaves.
func newSession(t require.TestingT, supplier string, name string, n int) *sealed {
	id := sha256.Sum256([]byte(name))
	z := &sealed{values: map[smst.Path][]byte{}, terms: &relayv1.Terms{
		Supplier: supplier, Application: "app " + name, Service: "svc", SessionId: fmt.Sprintf("%x", id), StartHeight: 11, EndHeight: endHeight,
		GraceEndHeight: 21, ClaimOpenHeight: claimOpen, ComputeUnitsPerRelay: 7, TargetHash: difficulty.Base[:],
	}}
	var leaves []smst.Leaf
	for i := range n {
		value := fmt.Appendf(nil, "relay %d of %s", i, name)
		leaf := smst.NewLeaf(sha256.Sum256(value), value, z.terms.ComputeUnitsPerRelay)
		leaves = append(leaves, leaf)
		z.values[leaf.Path] = value
	}
	z.tree = smst.NewTree(leaves)
	z.fact = &sessionv1.Sealed{Terms: z.terms, Logged: uint64(n), Mined: uint64(n), LogSequence: 1, SealedHeight: claimOpen}
	if n > 0 {
		root := z.tree.Root()
		z.fact.Root = root[:]
	}
	return z
}

func (w *world) seal(sessions ...*sealed) {
	w.t.Helper()
	for _, z := range sessions {
		w.say(bus.SessionSealedSubject(z.terms.Supplier, z.terms.SessionId), z.fact)
	}
}

// hash answers for the hasher until the test ends.
func (w *world) hash(sessions ...*sealed) {
	by := map[string]*sealed{}
	for _, z := range sessions {
		by[keyOf(z.terms)] = z
	}
	go func() {
		_ = w.bus.Answer(w.t.Context(), bus.SessionProveSubject, func(_ context.Context, raw []byte) proto.Message {
			r := new(sessionv1.ProveRequest)
			if err := proto.Unmarshal(raw, r); err != nil {
				return &sessionv1.ProveReply{Error: err.Error()}
			}
			z := by[r.Supplier+"."+r.SessionId]
			if z == nil || string(z.fact.Root) != string(r.Root) {
				return &sessionv1.ProveReply{Error: "this session is not here"}
			}
			proof, err := z.tree.Closest(smst.Path(r.Path))
			if err != nil {
				return &sessionv1.ProveReply{Error: err.Error()}
			}
			encoded, err := proof.Encode(z.values[proof.Leaf.Path])
			if err != nil {
				return &sessionv1.ProveReply{Error: err.Error()}
			}
			return &sessionv1.ProveReply{Proof: encoded}
		})
	}()
}

// owes waits until an obligation is in a phase.
func (r *running) owes(z *sealed, phase claimv1.Phase) *claimv1.Obligation {
	r.t.Helper()
	var o *claimv1.Obligation
	eventually(r.t, func() bool {
		o = r.book.get(keyOf(z.terms))
		return o != nil && o.Phase == phase
	}, "obligation in phase %s", phase)
	return o
}

// owesAll waits until each is an obligation: they become so side by side.
func (r *running) owesAll(list ...*sealed) {
	r.t.Helper()
	for _, z := range list {
		r.owes(z, claimv1.Phase_PHASE_SEALED)
	}
}

// factsHeard waits until the submitter is done with every sealed fact.
func (w *world) factsHeard() {
	w.t.Helper()
	last, err := w.bus.LastSequence(w.t.Context(), bus.StreamSessions)
	require.NoError(w.t, err)
	eventually(w.t, func() bool {
		floor, err := w.bus.Floor(w.t.Context(), bus.StreamSessions, []string{"submitter"})
		return err == nil && floor >= last
	}, "facts heard")
}

// hasReadEvents waits until nothing of the chain's events is pending: only then is a claim missed or unseen.
func (r *running) hasReadEvents() {
	r.t.Helper()
	eventually(r.t, func() bool {
		read, err := r.eventsRead(r.t.Context())
		return err == nil && read
	}, "events read")
}

// ended waits for the one fact that a session's obligation has ended, and that nothing is left of it.
func (w *world) ended(s *running, z *sealed) *claimv1.Obligation {
	w.t.Helper()
	changed := new(claimv1.Changed)
	eventually(w.t, func() bool {
		_, found, err := w.bus.Last(w.t.Context(), bus.StreamClaims, bus.ClaimEndedSubject(z.terms.Supplier, z.terms.SessionId), changed)
		return err == nil && found && s.book.get(keyOf(z.terms)) == nil
	}, "obligation ended")
	require.Equal(w.t, 1, w.count(bus.StreamClaims, bus.ClaimEndedSubject(z.terms.Supplier, z.terms.SessionId)))
	require.Equal(w.t, claimv1.Phase_PHASE_ENDED, changed.Obligation.Phase)
	require.Positive(w.t, changed.Height)
	if !lost(changed.Obligation.Outcome) {
		require.Empty(w.t, changed.Obligation.Proof)
	}
	eventually(w.t, func() bool {
		_, err := s.book.bucket.Get(w.t.Context(), keyOf(z.terms))
		return errors.Is(err, jetstream.ErrKeyNotFound)
	}, "entry removed")
	return changed.Obligation
}

// count is how many messages a stream holds under a subject.
func (w *world) count(stream, subject string) int {
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

// phases lists the phases said of a session, each once, in order.
func (w *world) phases(z *sealed) (list []claimv1.Phase) {
	w.t.Helper()
	_, err := w.bus.Replay(w.t.Context(), bus.StreamClaims, []string{bus.ClaimChangedSubject(z.terms.Supplier, z.terms.SessionId)}, func(m bus.Msg) error {
		c := new(claimv1.Changed)
		if err := proto.Unmarshal(m.Data, c); err != nil {
			return err
		}
		if len(list) == 0 || list[len(list)-1] != c.Obligation.Phase {
			list = append(list, c.Obligation.Phase)
		}
		return nil
	})
	require.NoError(w.t, err)
	return list
}
