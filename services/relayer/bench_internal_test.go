package relayer

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/pocket/relay"
)

const (
	patience = 20 * time.Second
	often    = 5 * time.Millisecond
	answered = `{"id":"1","usage":{"prompt_tokens":7,"completion_tokens":11}}`
)

// bench is a relayer between a real bus, a network of two suppliers, of which it has the keys, and a backend.
type bench struct {
	*factstest.World
	*Relayer
	t       testing.TB
	cfg     Config
	url     string // of the relayer
	backend atomic.Pointer[http.HandlerFunc]
	calls   atomic.Int32 // of the backend
	stop    func()       // ends what started started
}

// newBench starts all of it at height 5; edit changes the configuration.
func newBench(t testing.TB, edit ...func(*Config)) *bench {
	t.Helper()
	b := &bench{World: factstest.New(t, 2), t: t}
	b.answerWith(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answered)
	})
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.calls.Add(1)
		(*b.backend.Load())(w, r)
	}))
	t.Cleanup(backend.Close)
	b.configure(backend.URL, edit)
	b.Relayer = open(t, b.cfg)
	background(t, b.onBlockCommitted)
	b.block(5)
	server := httptest.NewServer(b.Relayer)
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

func (b *bench) configure(backend string, edit []func(*Config)) {
	b.cfg = Default()
	b.cfg.Bus.URL = bustest.Server(b.t)
	require.NoError(b.t, bustest.Dial(b.t, b.cfg.Bus.URL, "topology").Apply(b.t.Context(), 1))
	b.cfg.Chain = b.Config()
	b.cfg.Keys.File = factstest.KeyFile(b.t, append(b.Suppliers, factstest.Key(b.t, "supplier elsewhere"))...)
	b.cfg.Services = map[string]Service{factstest.Service: {Backend: backend}}
	for _, f := range edit {
		f(&b.cfg)
	}
	require.NoError(b.t, b.cfg.Validate())
}

// quiet is a kit that says nothing.
func quiet() run.Kit {
	return run.Kit{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Health: run.NewHealth()}
}

func open(t testing.TB, cfg Config) *Relayer {
	t.Helper()
	s, err := New(context.WithoutCancel(t.Context()), cfg, quiet())
	require.NoError(t, err)
	t.Cleanup(s.bus.Close)
	return s
}

// background runs f until the test ends.
func background(t testing.TB, f func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() { defer close(done); _ = f(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
}

// block moves the chain, and waits until the relayer knows.
func (b *bench) block(height int64) {
	b.t.Helper()
	b.SetHeight(height)
	_, _, err := b.bus.Publish(b.t.Context(), bus.Message{Subject: bus.BlockCommittedSubject, Body: &chainv1.Block{Height: height}})
	require.NoError(b.t, err)
	require.Eventually(b.t, func() bool { return b.height.Load() == height }, patience, often)
}

func (b *bench) answerWith(f http.HandlerFunc) { b.backend.Store(&f) }

// stake leaves the application room for that many relays with each supplier in a session.
func (b *bench) stake(relays int64) {
	b.Set(func(s *factstest.State) {
		app := *s.App
		stake := *app.Stake
		const cost, suppliers, sessions = factstest.ComputeUnits * 42, 2, 2 // one running, one not settled
		stake.Amount = stake.Amount.SubRaw(stake.Amount.Int64()).AddRaw(relays * cost * suppliers * sessions)
		app.Stake = &stake
		s.App = &app
	})
}

// reply is what came back over HTTP.
type httpReply struct {
	status int
	header http.Header
	body   []byte
}

func (b *bench) post(body []byte) httpReply {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+"/any/path", bytes.NewReader(body))
	require.NoError(b.t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(b.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(b.t, err)
	return httpReply{res.StatusCode, res.Header, raw}
}

func (b *bench) send(req *servicetypes.RelayRequest) httpReply {
	b.t.Helper()
	return b.post(encoded(b.t, req))
}

func encoded(t testing.TB, req *servicetypes.RelayRequest) []byte {
	t.Helper()
	raw, err := req.Marshal()
	require.NoError(t, err)
	return raw
}

// served decodes a reply that must be a signed response of the supplier to req.
func (b *bench) served(req *servicetypes.RelayRequest, got httpReply) *servicetypes.RelayResponse {
	b.t.Helper()
	require.Equal(b.t, http.StatusOK, got.status, "%s", got.body)
	res, err := relay.DecodeResponse(got.body)
	require.NoError(b.t, err)
	require.Nil(b.t, res.RelayMinerError, "%v", res.RelayMinerError)
	require.NoError(b.t, relay.CheckPayload(res))
	require.Equal(b.t, req.Meta.SessionHeader, res.Meta.SessionHeader)
	require.NoError(b.t, relay.VerifyResponse(res, b.keys.Signer(req.Meta.SupplierOperatorAddress).Public()))
	return res
}

// groups is the whole relay log.
func (b *bench) groups() []*relayv1.ServedGroup {
	b.t.Helper()
	var groups []*relayv1.ServedGroup
	_, err := b.bus.Replay(b.t.Context(), bus.StreamRelays, []string{bus.RelayServedFilter}, func(m bus.Msg) error {
		g := new(relayv1.ServedGroup)
		groups = append(groups, g)
		return proto.Unmarshal(m.Data, g)
	})
	require.NoError(b.t, err)
	return groups
}

// messages is how many the log ever had.
func (b *bench) messages() uint64 {
	b.t.Helper()
	n, err := b.bus.LastSequence(b.t.Context(), bus.StreamRelays)
	require.NoError(b.t, err)
	return n
}

// errorOf reads {"error":…}.
func errorOf(t testing.TB, got httpReply) string {
	t.Helper()
	require.Equal(t, "application/json", got.header.Get("Content-Type"))
	var doc map[string]string
	require.NoError(t, json.Unmarshal(got.body, &doc))
	require.Len(t, doc, 1)
	return doc["error"]
}
