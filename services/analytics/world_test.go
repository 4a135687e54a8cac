package analytics_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	sdk "github.com/cosmos/cosmos-sdk/types"
	gogoproto "github.com/cosmos/gogoproto/proto"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/analytics"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
	"github.com/lodeworks/lode/services/kit/ch/chtest"
	"github.com/lodeworks/lode/services/kit/run"
)

func TestMain(m *testing.M) { chtest.Main(m) }

// world is a bus, a database and the service between them.
type world struct {
	t    *testing.T
	cfg  analytics.Config
	bus  *bus.Bus
	conn driver.Conn
	stop func()
	said map[int64]uint32 // events of each height
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, cfg: analytics.Default(), said: map[int64]uint32{}}
	w.cfg.Bus.URL = bustest.Server(t)
	w.bus = bustest.Dial(t, w.cfg.Bus.URL, "test")
	require.NoError(t, w.bus.Apply(t.Context(), 1))
	w.cfg.ClickHouse, w.conn = chtest.Start(t)
	w.cfg.Listen = freeAddress(t)
	w.cfg.FlushEvery, w.cfg.RollupEvery = 0, time.Millisecond
	w.cfg.SnapshotEvery = 0 // there is no node
	w.start()
	t.Cleanup(func() { w.stop() })
	return w
}

func freeAddress(t *testing.T) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = ln.Close() }()
	return ln.Addr().String()
}

func (w *world) start() {
	require.NoError(w.t, w.cfg.Validate())
	kit := run.Kit{Log: slog.New(slog.NewTextHandler(w.t.Output(), &slog.HandlerOptions{Level: slog.LevelError})), Metrics: prometheus.NewRegistry(), Health: run.NewHealth()}
	s, err := analytics.New(w.t.Context(), w.cfg, kit)
	require.NoError(w.t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	require.Eventually(w.t, func() bool {
		conn, err := net.Dial("tcp", w.cfg.Listen)
		return err == nil && conn.Close() == nil
	}, 30*time.Second, 5*time.Millisecond, "the API does not listen")
	w.stop = func() { cancel(); require.ErrorIs(w.t, <-done, context.Canceled) }
}

// replay lets a new process hear everything from the start again.
func (w *world) replay() {
	w.stop()
	for _, stream := range []string{bus.StreamRelays, bus.StreamRefusals, bus.StreamSessions, bus.StreamClaims, bus.StreamChain} {
		s, err := w.bus.JS.Stream(w.t.Context(), stream)
		require.NoError(w.t, err)
		names := s.ConsumerNames(w.t.Context())
		for name := range names.Name() {
			require.NoError(w.t, s.DeleteConsumer(w.t.Context(), name))
		}
		require.NoError(w.t, names.Err())
	}
	w.start()
}

// settle returns when the service has acknowledged all there is.
func (w *world) settle() {
	w.t.Helper()
	for stream, durables := range map[string]int{bus.StreamRelays: 1, bus.StreamRefusals: 1, bus.StreamSessions: 1, bus.StreamClaims: 2, bus.StreamChain: 2} {
		last, err := w.bus.LastSequence(w.t.Context(), stream)
		require.NoError(w.t, err)
		require.Eventually(w.t, func() bool {
			floor, err := w.bus.Floor(w.t.Context(), stream, []string{analytics.Name})
			return err == nil && floor >= last && w.consumers(stream) == durables
		}, 30*time.Second, 5*time.Millisecond, "stream %s is not consumed", stream)
	}
}

func (w *world) consumers(stream string) int {
	s, err := w.bus.JS.Stream(w.t.Context(), stream)
	require.NoError(w.t, err)
	return s.CachedInfo().State.Consumers
}

func (w *world) say(subject string, body proto.Message) uint64 {
	w.t.Helper()
	sequence, _, err := w.bus.Publish(w.t.Context(), bus.Message{Subject: subject, Body: body})
	require.NoError(w.t, err)
	return sequence
}

// get asks the API and decodes its answer.
func (w *world) get(path string, into any) int {
	w.t.Helper()
	response, err := http.Get("http://" + w.cfg.Listen + path)
	require.NoError(w.t, err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
	require.NoError(w.t, json.Unmarshal(raw, into), "%s: %s", path, raw)
	return response.StatusCode
}

// session is the story of one session and supplier, told message by message.
type session struct {
	w     *world
	terms *relayv1.Terms
}

const (
	unitsPerRelay = 100
	upokt         = 42 // a compute unit
)

// half is a target that one relay in two passes.
var half = append([]byte{0x80}, make([]byte, 31)...)

func (w *world) session(name string, end int64) *session {
	id := fmt.Sprintf("%x", sha256.Sum256([]byte(name)))
	return &session{w: w, terms: &relayv1.Terms{
		Supplier: "pokt1supplier", Application: "pokt1app-" + name, Service: "llm", SessionId: id, StartHeight: end - 9,
		EndHeight: end, GraceEndHeight: end + 1, ClaimOpenHeight: end + 2, ComputeUnitsPerRelay: unitsPerRelay, TargetHash: half,
	}}
}

// relay makes the n-th relay of a kind: its hash is below the target, or not.
func (s *session) relay(n int, mined bool) []byte {
	for salt := 0; ; salt++ {
		raw := fmt.Appendf(nil, "%s/%d/%v/%d", s.terms.SessionId, n, mined, salt)
		if hash := sha256.Sum256(raw); (hash[0] < 0x80) == mined {
			return raw
		}
	}
}

// served logs relays of one incarnation, numbered from first.
func (s *session) served(relayer string, first uint64, relays ...[]byte) uint64 {
	group := &relayv1.ServedGroup{Relayer: relayer, Terms: []*relayv1.Terms{s.terms}}
	for i, raw := range relays {
		group.Relays = append(group.Relays, &relayv1.Served{
			Number: first + uint64(i), Relay: raw, ServedUnixNano: time.Date(2026, 5, 1, 12, 0, i, 5, time.UTC).UnixNano(),
			StatusCode: 200 + 300*uint32(i%2), BackendNanos: 2e6, RequestBytes: 10, ResponseBytes: 20, PromptTokens: 3,
			CompletionTokens: 4, UsageKnown: i%2 == 0,
		})
	}
	return s.w.say(bus.RelayServedSubject("7", fmt.Sprint(s.terms.EndHeight)), group)
}

// refused reports relays that were not served, for a cause each, as an incarnation's n-th report.
func (s *session) refused(relayer string, n uint64, causes ...string) {
	report := &relayv1.Refused{Relayer: relayer, Number: n, Region: "here", UntilUnixNano: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC).UnixNano()}
	for i, cause := range causes {
		report.Counts = append(report.Counts, &relayv1.RefusedCount{
			Supplier: s.terms.Supplier, Application: s.terms.Application, Service: s.terms.Service, SessionId: s.terms.SessionId,
			EndHeight: s.terms.EndHeight, Cause: cause, Relays: uint64(i + 1), Gateway: "g", GatewayBy: relayv1.GatewayBy_GATEWAY_BY_RING,
		})
	}
	s.w.say(bus.RelayRefusedSubject, report)
}

// sealed says the fact over the log up to a sequence.
func (s *session) sealed(upTo, mined, filtered, duplicate uint64) {
	s.w.say(bus.SessionSealedSubject(s.terms.Supplier, s.terms.SessionId), &sessionv1.Sealed{
		Terms: s.terms, Root: make([]byte, 48), Logged: mined + filtered + duplicate, Mined: mined, Filtered: filtered,
		Duplicate: duplicate, LogSequence: upTo, SealedHeight: s.terms.ClaimOpenHeight,
	})
}

// obliged says the submitter's state.
func (s *session) obliged(mined uint64, outcome claimv1.Outcome, reason string) {
	said := &claimv1.Changed{Height: s.terms.EndHeight + 3, Obligation: &claimv1.Obligation{
		Terms: s.terms, Root: make([]byte, 48), Mined: mined, Phase: claimv1.Phase_PHASE_CLAIMED, Outcome: outcome, Reason: reason,
		ClaimCloseHeight: s.terms.EndHeight + 6, ProofOpenHeight: s.terms.EndHeight + 6, ProofCloseHeight: s.terms.EndHeight + 10,
		ClaimedUpokt: fmt.Sprint(mined * unitsPerRelay * upokt), FeeUpokt: 9, ClaimTx: "AB", ClaimAttempts: 1,
	}}
	subject := bus.ClaimChangedSubject(s.terms.Supplier, s.terms.SessionId)
	if outcome != claimv1.Outcome_OUTCOME_UNSPECIFIED {
		said.Obligation.Phase, subject = claimv1.Phase_PHASE_ENDED, bus.ClaimEndedSubject(s.terms.Supplier, s.terms.SessionId)
	}
	s.w.say(subject, said)
}

// happened says typed events of one height, encoded by the chain's own code, and then the block.
func (w *world) happened(height int64, events ...gogoproto.Message) {
	w.t.Helper()
	at := blockTime(height)
	for _, e := range events {
		i := w.said[height]
		w.said[height]++
		encoded, err := sdk.TypedEventToEvent(e)
		require.NoError(w.t, err)
		said := &chainv1.Event{Type: encoded.Type, Section: chainv1.Section_SECTION_END_BLOCK, Index: i}
		for _, a := range encoded.Attributes {
			said.Attributes = append(said.Attributes, &chainv1.Attribute{Key: a.Key, Value: a.Value})
		}
		said.Attributes = append(said.Attributes, &chainv1.Attribute{Key: "mode", Value: "EndBlock"})
		w.say(bus.ChainEventsSubject("tokenomics"), &chainv1.Events{Height: height, TimeUnixNano: at, Part: i, Events: []*chainv1.Event{said}})
	}
	w.block(height)
}

func blockTime(height int64) int64 {
	return time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(height) * time.Hour).UnixNano()
}

func (w *world) block(height int64) {
	hash := sha256.Sum256(fmt.Append(nil, height))
	w.say(bus.BlockCommittedSubject, &chainv1.Block{Height: height, Hash: hash[:], TimeUnixNano: blockTime(height), ChainId: "pocket"})
}
