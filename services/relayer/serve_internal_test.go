package relayer

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	"github.com/stretchr/testify/require"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/pocket/relay"
)

func TestServedRelay(t *testing.T) {
	b := newBench(t)
	req := b.Chat(`{"model":"m"}`)
	before := time.Now().UnixNano()
	got := b.send(req)
	res := b.served(req, got)
	require.Equal(t, "application/json", got.header.Get("Content-Type"))
	answer, err := relay.DecodeHTTPResponse(res.Payload)
	require.NoError(t, err)
	require.JSONEq(t, answered, string(answer.BodyBz))
	require.Equal(t, uint32(http.StatusOK), answer.StatusCode)

	groups := b.groups()
	require.Len(t, groups, 1)
	require.Len(t, groups[0].Relays, 1)
	leaf, _, err := relay.Leaf(req, res)
	require.NoError(t, err)
	logged := groups[0].Relays[0]
	require.Equal(t, leaf, logged.Relay)
	require.Equal(t, uint64(1), logged.Number)
	require.Equal(t, uint32(http.StatusOK), logged.StatusCode)
	require.Equal(t, uint64(len(`{"model":"m"}`)), logged.RequestBytes)
	require.Equal(t, uint64(len(answered)), logged.ResponseBytes)
	require.Equal(t, []uint64{7, 11}, []uint64{logged.PromptTokens, logged.CompletionTokens})
	require.True(t, logged.UsageKnown)
	require.GreaterOrEqual(t, logged.ServedUnixNano, before)
	require.NotZero(t, logged.BackendNanos)
	terms := groups[0].Terms
	require.Len(t, terms, 1)
	h := b.Header(5)
	require.Equal(t, &relayv1.Terms{
		Supplier: b.Suppliers[0].Address(), Application: b.App.Address(), Service: factstest.Service, SessionId: h.SessionId,
		StartHeight: 1, EndHeight: 10, GraceEndHeight: 11, ClaimOpenHeight: 13,
		ComputeUnitsPerRelay: factstest.ComputeUnits, TargetHash: factstest.Target,
	}, &relayv1.Terms{
		Supplier: terms[0].Supplier, Application: terms[0].Application, Service: terms[0].Service, SessionId: terms[0].SessionId,
		StartHeight: terms[0].StartHeight, EndHeight: terms[0].EndHeight, GraceEndHeight: terms[0].GraceEndHeight, ClaimOpenHeight: terms[0].ClaimOpenHeight,
		ComputeUnitsPerRelay: terms[0].ComputeUnitsPerRelay, TargetHash: terms[0].TargetHash,
	})
}

// TestOddEncoding: bytes that the chain would encode otherwise are signed and logged as the chain would.
func TestOddEncoding(t *testing.T) {
	b := newBench(t)
	for n, odd := range [][]byte{{0xfa, 0x01, 0x01, 'x'}, {0x1b, 0x1c}, {0x0a, 0x00}} { // unknown field, group, metadata twice
		req := b.Chat(strconv.Itoa(n))
		res := b.served(req, b.post(append(encoded(t, req), odd...)))
		leaf, _, err := relay.Leaf(req, res)
		require.NoError(t, err)
		groups := b.groups()
		require.Len(t, groups, n+1)
		require.Equal(t, leaf, groups[n].Relays[0].Relay)
	}
}

// TestGrace: relays of an ended session are served until its grace period is over, for one question to the chain.
func TestGrace(t *testing.T) {
	b := newBench(t)
	late := []*servicetypes.RelayRequest{b.Chat("1"), b.Chat("2"), b.Chat("3"), b.Chat("4")}
	b.block(10)
	b.served(late[0], b.send(late[0]))
	asked := b.Asked(factstest.QueryParamsAt)
	b.block(11)
	for _, req := range late[1:3] {
		b.served(req, b.send(req))
	}
	require.Eventually(t, func() bool { return b.Asked(factstest.QueryParamsAt) == asked+1 }, patience, often)
	b.block(12)
	got := b.send(late[3])
	require.Equal(t, http.StatusForbidden, got.status)
	require.Equal(t, uint64(3), b.messages())
}

// TestBackendErrorIsSignedAndFree is row 18: a status from 500 on is signed and returned, not logged, not charged.
func TestBackendErrorIsSignedAndFree(t *testing.T) {
	b := newBench(t)
	b.stake(1)
	good := *b.backend.Load()
	b.answerWith(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "overloaded", http.StatusServiceUnavailable)
	})
	for range 3 {
		req := b.Chat("{}")
		answer, err := relay.DecodeHTTPResponse(b.served(req, b.send(req)).Payload)
		require.NoError(t, err)
		require.Equal(t, uint32(http.StatusServiceUnavailable), answer.StatusCode)
	}
	require.Zero(t, b.messages())
	b.answerWith(good)
	req := b.Chat("{}")
	b.served(req, b.send(req))
	require.Equal(t, uint64(1), b.messages())
	require.Equal(t, http.StatusTooManyRequests, b.send(b.Chat("{}")).status, "the second that is paid is over the budget")
	require.Equal(t, uint64(1), b.messages())
}

// TestMeter: the budget is for each supplier and session, backend failures are given back, and an operator may
// serve beyond it.
func TestMeter(t *testing.T) {
	b := newBench(t, deadBackend)
	b.stake(2)
	for range failuresInARow {
		require.Equal(t, http.StatusBadGateway, b.send(b.Chat("{}")).status)
	}
	b2 := newBench(t, func(c *Config) { c.Overservice = true })
	b2.stake(1)
	for range 3 {
		req := b2.Chat("{}")
		b2.served(req, b2.send(req))
	}
	b3 := newBench(t)
	b3.stake(1)
	for _, supplier := range b3.Suppliers {
		ask := func() httpReply {
			return b3.send(b3.Sign(b3.Request(b3.Header(b3.Height()), supplier, factstest.HTTP("{}")), b3.Gateway))
		}
		require.Equal(t, http.StatusOK, ask().status)
		require.Equal(t, http.StatusTooManyRequests, ask().status)
	}
	b3.block(11)
	req := b3.Chat("{}")
	b3.served(req, b3.send(req))
}

// TestNewGateway: a delegation counts at once, for one more question to the chain, and what strangers send does not
// stand in its way.
func TestNewGateway(t *testing.T) {
	b := newBench(t)
	req := b.Chat("{}")
	b.served(req, b.send(req))
	asked := b.Asked(factstest.QueryApplication)
	second := factstest.Key(t, "second gateway")
	forged := *b.Header(5)
	forged.SessionEndBlockHeight++
	for range 3 { // heights that are no session's are not asked for
		got := b.send(b.Sign(b.Request(&forged, b.Suppliers[0], factstest.HTTP("{}")), second))
		require.Equal(t, http.StatusForbidden, got.status)
	}
	require.Equal(t, asked, b.Asked(factstest.QueryApplication))
	b.Delegate(second)
	req = b.Sign(b.Request(b.Header(5), b.Suppliers[0], factstest.HTTP("{}")), second)
	b.served(req, b.send(req))
	require.Equal(t, asked+1, b.Asked(factstest.QueryApplication), "read once more in this block")

	third := factstest.Key(t, "third gateway")
	send := func() int {
		return b.send(b.Sign(b.Request(b.Header(5), b.Suppliers[0], factstest.HTTP("{}")), third)).status
	}
	b.Delegate(third)
	require.Equal(t, http.StatusForbidden, send(), "once in a block")
	b.block(6)
	require.Equal(t, http.StatusOK, send())
}

// TestNumbersHaveNoGap: many requests at once, of two sessions; each relay is in the log once.
func TestNumbersHaveNoGap(t *testing.T) {
	const each = 100
	b := newBench(t, func(c *Config) { c.Limits.VerifyWait = patience }) // whatever else this machine does
	var bodies [][]byte
	for i := range each {
		for _, supplier := range b.Suppliers {
			req := b.Sign(b.Request(b.Header(5), supplier, factstest.HTTP(strconv.Itoa(i))), b.Gateway)
			bodies = append(bodies, encoded(t, req))
		}
	}
	var wg sync.WaitGroup
	replies := make(chan httpReply, len(bodies))
	for _, body := range bodies {
		wg.Go(func() { replies <- b.post(body) })
	}
	wg.Wait()
	for range bodies {
		got := <-replies
		require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	}
	numbers, leaves := map[string][]uint64{}, map[string]bool{}
	for _, g := range b.groups() {
		require.Equal(t, b.log.incarnation, g.Relayer)
		for _, r := range g.Relays {
			supplier := g.Terms[r.Terms].Supplier
			numbers[supplier] = append(numbers[supplier], r.Number)
			leaves[string(r.Relay)] = true
		}
	}
	require.Len(t, leaves, len(bodies))
	require.Len(t, numbers, len(b.Suppliers))
	for _, list := range numbers {
		require.Len(t, list, each)
		require.True(t, slices.IsSorted(list), "in the order of the log")
		require.Equal(t, []uint64{1, each}, []uint64{list[0], list[each-1]})
	}
}

// gated is a bus whose publishing waits until open is closed.
type gated struct {
	publisher
	waiting, open chan struct{}
}

func gate(b *bench) *gated {
	g := &gated{publisher: b.log.bus, waiting: make(chan struct{}, 100), open: make(chan struct{})}
	b.log.bus = g
	return g
}

func (g *gated) PublishContent(ctx context.Context, c bus.Content) (uint64, bool, error) {
	g.waiting <- struct{}{}
	<-g.open
	return g.publisher.PublishContent(context.WithoutCancel(ctx), c)
}

// TestClientGoesAway: the work is done, so the relay is logged, whoever still waits for it.
func TestClientGoesAway(t *testing.T) {
	b := newBench(t)
	g := gate(b)
	ctx, leave := context.WithCancel(t.Context())
	req := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", bytes.NewReader(encoded(t, b.Chat("{}"))))
	done := make(chan struct{})
	go func() { defer close(done); b.ServeHTTP(httptest.NewRecorder(), req) }()
	<-g.waiting
	leave()
	close(g.open)
	<-done
	require.Equal(t, uint64(1), b.messages())
}

// TestLogUnavailable: what is done waits and then fails, new work is refused before it is done, and what waited is
// logged when the log is back.
func TestLogUnavailable(t *testing.T) {
	b := newBench(t, func(c *Config) { c.LogTimeout, c.MaxUnlogged = 30*time.Millisecond, 2 })
	g := gate(b)
	for range 2 {
		got := b.send(b.Chat("{}"))
		require.Equal(t, http.StatusServiceUnavailable, got.status)
		require.Equal(t, "the relay log does not keep up", errorOf(t, got))
	}
	require.Equal(t, int32(2), b.calls.Load())
	got := b.send(b.Chat("{}"))
	require.Equal(t, http.StatusServiceUnavailable, got.status)
	require.Equal(t, "1", got.header.Get("Retry-After"))
	require.Equal(t, int32(2), b.calls.Load(), "the backend did not work for nothing")
	close(g.open)
	require.Eventually(t, func() bool { return b.messages() == 2 }, patience, often, "two groups: the second waited for the first")
	require.Eventually(t, func() bool { return b.log.room() == nil }, patience, often)
	req := b.Chat("{}")
	b.served(req, b.send(req))
}

// lossy does what it is asked and then says that it failed.
type lossy struct {
	publisher
	failures int
	ids      []string
}

func (l *lossy) PublishContent(ctx context.Context, c bus.Content) (uint64, bool, error) {
	l.ids = append(l.ids, c.ID)
	sequence, duplicate, err := l.publisher.PublishContent(ctx, c)
	if l.failures > 0 {
		l.failures--
		return 0, false, errors.New("reply lost")
	}
	return sequence, duplicate, err
}

// TestLostReply: a publish that was stored and then failed is tried again under the same id, and is one message.
func TestLostReply(t *testing.T) {
	b := newBench(t)
	l := &lossy{publisher: b.log.bus, failures: 2}
	b.log.bus = l
	req := b.Chat("{}")
	b.served(req, b.send(req))
	require.Len(t, l.ids, 3)
	require.Len(t, slices.Compact(l.ids), 1)
	require.Equal(t, uint64(1), b.messages())
}
