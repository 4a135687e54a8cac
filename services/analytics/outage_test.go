package analytics_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// gate is ClickHouse behind a proxy that can lose inserts: before they reach it, or their acknowledgement after.
type gate struct {
	refuse atomic.Bool // inserts get an error and are not done
	forget atomic.Bool // inserts are done and get an error
	lost   atomic.Int64
	proxy  *httputil.ReverseProxy
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	insert := r.Method == http.MethodPost && strings.Contains(strings.ToUpper(r.URL.Query().Get("query")), "INSERT INTO")
	switch {
	case insert && g.refuse.Load():
		g.lost.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusServiceUnavailable)
	case insert && g.forget.Load():
		g.lost.Add(1)
		g.proxy.ServeHTTP(httptest.NewRecorder(), r)
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		g.proxy.ServeHTTP(w, r)
	}
}

// through puts the gate between the service and ClickHouse.
func (w *world) through() *gate {
	target, err := url.Parse(w.cfg.ClickHouse.DSN)
	require.NoError(w.t, err)
	g := &gate{proxy: httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: target.Host})}
	server := httptest.NewServer(g)
	w.t.Cleanup(server.Close)
	w.stop()
	w.cfg.ClickHouse.DSN = server.URL + target.Path
	w.cfg.RetryAfter = 10 * time.Millisecond
	w.start()
	return g
}

// Messages are acknowledged after their rows: what ClickHouse refused or forgot to acknowledge comes again.
func TestNothingIsLostWhileClickHouseFails(t *testing.T) {
	w := newWorld(t)
	g := w.through()
	g.refuse.Store(true)
	all := tell(w)
	lost := func(n int64) {
		before := g.lost.Load()
		require.Eventually(t, func() bool { return g.lost.Load() >= before+n }, 30*time.Second, 5*time.Millisecond)
	}
	lost(3)
	g.forget.Store(true)
	g.refuse.Store(false)
	lost(3)
	g.forget.Store(false)
	w.rolled()
	w.checkLedger(all)
}

// A message that no retry can help goes to DEAD, and those around it are stored.
func TestPoisonGoesToDead(t *testing.T) {
	w := newWorld(t)
	s := w.session("poison", 20)
	s.served("r1", 1, s.relay(1, true))
	w.say(bus.RelayServedSubject("7", "20"), &relayv1.ServedGroup{Relays: []*relayv1.Served{{Number: 1}}})
	s.served("r1", 2, s.relay(2, true))
	w.block(1)
	w.rolled()
	require.Equal(t, 2.0, w.list("/v1/relays?group_by=supplier").Rows[0]["relays"])
	dead, err := w.bus.LastSequence(t.Context(), bus.StreamDead)
	require.NoError(t, err)
	require.Equal(t, uint64(1), dead)
}
