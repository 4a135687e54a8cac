package upstream

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	patience = 20 * time.Second
	often    = 5 * time.Millisecond
	limit    = 1 << 16
)

// farm is some backends, by name.
type farm struct {
	t    *testing.T
	conf GroupConfig
}

func newFarm(t *testing.T, handlers map[string]http.HandlerFunc) *farm {
	f := &farm{t: t, conf: GroupConfig{Backends: map[string]EndpointConfig{}}}
	for name, h := range handlers {
		srv := httptest.NewServer(h)
		t.Cleanup(srv.Close)
		f.conf.Backends[name] = EndpointConfig{URL: srv.URL}
	}
	return f
}

// refusing adds a backend that takes no connection.
func (f *farm) refusing(name string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(f.t, err)
	require.NoError(f.t, ln.Close())
	f.conf.Backends[name] = EndpointConfig{URL: "http://" + ln.Addr().String()}
}

func (f *farm) pool() *Pool {
	f.t.Helper()
	require.NoError(f.t, f.conf.Validate("pool", JSONRPC))
	p, err := New("svc", Config{Default: JSONRPC, Groups: map[RPC]*GroupConfig{JSONRPC: &f.conf}, Limit: limit}, slog.New(slog.DiscardHandler))
	require.NoError(f.t, err)
	f.t.Cleanup(p.Close)
	return p
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

func fails(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

// aborts breaks the connection without an answer.
func aborts(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }

// ask returns who answered and what.
func ask(t *testing.T, p *Pool, c *Call) (endpoint, text string, err error) {
	t.Helper()
	res, err := p.Do(t.Context(), c)
	if err != nil {
		return "", "", err
	}
	raw, err := res.ReadAll()
	return res.Endpoint, string(raw), err
}

func TestRoundRobin(t *testing.T) {
	p := newFarm(t, map[string]http.HandlerFunc{"a": says("1"), "b": says("2"), "c": says("3")}).pool()
	var got []string
	for range 6 {
		name, _, err := ask(t, p, &Call{Method: "POST"})
		require.NoError(t, err)
		got = append(got, name)
	}
	require.Equal(t, []string{"a", "b", "c", "a", "b", "c"}, got)
}

// TestLeastLoaded: a call under way counts until its body is closed.
func TestLeastLoaded(t *testing.T) {
	f := newFarm(t, map[string]http.HandlerFunc{"a": says("1"), "b": says("2")})
	f.conf.Strategy = leastLoaded
	p := f.pool()
	open, err := p.Do(t.Context(), &Call{Method: "POST"})
	require.NoError(t, err)
	for range 4 {
		name, _, err := ask(t, p, &Call{Method: "POST"})
		require.NoError(t, err)
		require.NotEqual(t, open.Endpoint, name)
	}
	require.NoError(t, open.Body.Close())
	require.NoError(t, open.Body.Close(), "twice is once")
	for _, s := range p.States() {
		require.Zero(t, s.Load)
		require.True(t, s.Up)
	}
}

// TestRetryOnlyWhereSafe: a refused connection sent nothing; a broken one may have.
func TestRetryOnlyWhereSafe(t *testing.T) {
	for name, c := range map[string]struct {
		first http.HandlerFunc // nil: refuses connections
		call  Call
		want  error
		tries int
	}{
		"refused":               {nil, Call{Method: "POST"}, nil, 1},
		"broken off":            {aborts, Call{Method: "POST"}, ErrFailed, 0},
		"broken off, to get":    {aborts, Call{Method: "GET"}, nil, 1},
		"broken off, safe":      {aborts, Call{Method: "POST", Idempotent: true}, nil, 1},
		"overloaded, to get":    {fails(503), Call{Method: "GET"}, nil, 1},
		"overloaded":            {fails(503), Call{Method: "POST"}, errStatus, 0},
		"its own fault, to get": {fails(500), Call{Method: "GET"}, errStatus, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFarm(t, map[string]http.HandlerFunc{"b": says("ok")})
			if c.first == nil {
				f.refusing("a")
			} else {
				srv := httptest.NewServer(c.first)
				t.Cleanup(srv.Close)
				f.conf.Backends["a"] = EndpointConfig{URL: srv.URL}
			}
			res, err := f.pool().Do(t.Context(), &c.call)
			if errors.Is(c.want, ErrFailed) {
				require.ErrorIs(t, err, ErrFailed)
				require.NotContains(t, err.Error(), "127.0.0.1")
				return
			}
			require.NoError(t, err)
			defer res.Body.Close()
			require.Equal(t, c.want == nil, res.Status == http.StatusOK)
			require.Equal(t, c.tries, res.Tries)
		})
	}
}

// TestRest: a backend that failed in a row rests; when none is left the call is refused; one call tries it again.
func TestRest(t *testing.T) {
	f := newFarm(t, nil)
	f.refusing("a")
	f.conf.Failures, f.conf.Rest = 3, 30*time.Millisecond
	p := f.pool()
	for range 3 {
		_, _, err := ask(t, p, &Call{Method: "POST"})
		require.ErrorIs(t, err, ErrFailed)
	}
	require.False(t, p.Up())
	_, _, err := ask(t, p, &Call{Method: "POST"})
	require.ErrorIs(t, err, ErrDown)
	require.Eventually(t, func() bool {
		_, _, err := ask(t, p, &Call{Method: "POST"})
		return errors.Is(err, ErrFailed)
	}, patience, often)
}

// TestTrialIsPassedByHeaders: the trial of a rested backend is over when it answers, not when its stream ends; and who
// leaves during a trial says nothing about it.
func TestTrialIsPassedByHeaders(t *testing.T) {
	good := make(chan bool, 1)
	good <- false
	f := newFarm(t, map[string]http.HandlerFunc{"a": func(w http.ResponseWriter, r *http.Request) {
		ok := <-good
		good <- ok
		if !ok {
			panic(http.ErrAbortHandler)
		}
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}})
	f.conf.Failures, f.conf.Rest = 1, 20*time.Millisecond
	p := f.pool()
	_, err := p.Do(t.Context(), &Call{Method: "POST"})
	require.ErrorIs(t, err, ErrFailed)
	<-good
	good <- true
	var open *Response
	require.Eventually(t, func() bool { open, err = p.Do(t.Context(), &Call{Method: "POST"}); return err == nil }, patience, often)
	defer open.Body.Close()
	again, err := p.Do(t.Context(), &Call{Method: "POST"})
	require.NoError(t, err, "while the trial's body is open")
	require.NoError(t, again.Body.Close())
}

// TestTimes: each limit ends a call that exceeds it.
func TestTimes(t *testing.T) {
	hang := func(parts ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			for _, p := range parts {
				_, _ = io.WriteString(w, p)
				_ = http.NewResponseController(w).Flush()
			}
			<-r.Context().Done()
		}
	}
	for name, c := range map[string]struct {
		backend http.HandlerFunc
		edit    func(*GroupConfig)
		got     string
	}{
		"no answer":     {hang(), func(c *GroupConfig) { c.FirstByte = 20 * time.Millisecond }, ""},
		"no first byte": {hang(""), func(c *GroupConfig) { c.FirstByte = 20 * time.Millisecond }, ""},
		"idle":          {hang("some"), func(c *GroupConfig) { c.Idle = 200 * time.Millisecond }, "some"},
		"total":         {hang(), func(c *GroupConfig) { c.Total = 20 * time.Millisecond }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFarm(t, map[string]http.HandlerFunc{"a": c.backend})
			c.edit(&f.conf)
			_, got, err := ask(t, f.pool(), &Call{Method: "POST"})
			require.ErrorIs(t, err, ErrTimeout)
			require.Equal(t, c.got, got)
		})
	}
}

// TestCallerLeaves: that is no failure of the backend.
func TestCallerLeaves(t *testing.T) {
	here := make(chan struct{}, 1)
	f := newFarm(t, map[string]http.HandlerFunc{"a": func(_ http.ResponseWriter, r *http.Request) {
		here <- struct{}{}
		<-r.Context().Done()
	}})
	f.conf.Failures = 1
	p := f.pool()
	for range 3 {
		ctx, leave := context.WithCancel(t.Context())
		go func() { <-here; leave() }()
		_, err := p.Do(ctx, &Call{Method: "GET"})
		require.ErrorIs(t, err, context.Canceled)
	}
	require.True(t, p.Up())
}

// TestAnswerLimits: plain and compressed answers may be as long as the limit.
func TestAnswerLimits(t *testing.T) {
	zip := func(n int, named bool) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if named {
				w.Header().Set("Content-Encoding", "gzip")
			}
			zw := gzip.NewWriter(w)
			_, _ = zw.Write(make([]byte, n))
			_ = zw.Close()
		}
	}
	plain := func(n int) http.HandlerFunc { return says(strings.Repeat("x", n)) }
	for name, c := range map[string]struct {
		backend http.HandlerFunc
		want    error
	}{
		"plain": {plain(limit), nil}, "plain, long": {plain(limit + 1), ErrTooLarge},
		"gzip": {zip(limit, true), nil}, "gzip, long": {zip(limit+1, true), ErrTooLarge},
		"unnamed gzip": {zip(limit, false), nil}, "unnamed gzip, long": {zip(limit+1, false), ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			_, got, err := ask(t, newFarm(t, map[string]http.HandlerFunc{"a": c.backend}).pool(), &Call{Method: "POST"})
			require.ErrorIs(t, err, c.want)
			if c.want == nil {
				require.Len(t, got, limit)
			}
		})
	}
}

// TestHedge: the second backend answers for a slow first one, as often as the budget allows.
func TestHedge(t *testing.T) {
	left := make(chan struct{}, 10)
	f := newFarm(t, map[string]http.HandlerFunc{
		"a": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done(); left <- struct{}{} },
		"b": says("fast"),
	})
	f.conf.HedgePercent, f.conf.HedgeAfter, f.conf.Strategy, f.conf.Total = 100, time.Millisecond, leastLoaded, patience
	p := f.pool()
	for range 4 {
		name, text, err := ask(t, p, &Call{Method: "GET"})
		require.NoError(t, err)
		require.Equal(t, []string{"b", "fast"}, []string{name, text})
	}
	require.NotEmpty(t, left, "the loser was told")
	for _, s := range p.States() {
		require.Eventually(t, func() bool { return p.group(JSONRPC, s.Name).load.Load() == 0 }, patience, often)
		require.True(t, s.Up)
	}
}

func (p *Pool) group(rpc RPC, name string) *endpoint {
	for _, e := range p.groups[rpc].endpoints {
		if e.name == name {
			return e
		}
	}
	return nil
}

func TestHedgeBudget(t *testing.T) {
	b := newBudget(10)
	require.False(t, b.spend())
	for range 11 { // ten tenths are a little less than one
		b.earn()
	}
	require.True(t, b.spend())
	require.False(t, b.spend())
	for range 1000 {
		b.earn()
	}
	spent := 0
	for b.spend() {
		spent++
	}
	require.Equal(t, maxBudget, spent)
}

// TestHealth: a backend that says it is not well gets no calls until it says it is.
func TestHealth(t *testing.T) {
	well := make(chan int, 1)
	well <- http.StatusServiceUnavailable
	f := newFarm(t, map[string]http.HandlerFunc{"a": func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" {
			status := <-well
			well <- status
			w.WriteHeader(status)
		}
	}})
	f.conf.HealthPath, f.conf.HealthEvery = "/healthz", 10*time.Millisecond
	p := f.pool()
	require.Eventually(t, func() bool { return !p.Up() }, patience, often)
	_, _, err := ask(t, p, &Call{Method: "POST"})
	require.ErrorIs(t, err, ErrDown)
	<-well
	well <- http.StatusNoContent
	require.Eventually(t, p.Up, patience, often)
	_, _, err = ask(t, p, &Call{Method: "POST"})
	require.NoError(t, err)
}

// TestPick: who calls by other means gets address and secrets, and its report counts.
func TestPick(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte("user:word\n"), 0o600))
	ws := &GroupConfig{Failures: 1, Rest: time.Hour, Backends: map[string]EndpointConfig{
		"a": {URL: "ws://node:1/base", Headers: map[string]string{"x-team": "ours"}, BasicFile: file, SecretFiles: map[string]string{"x-api-key": file}},
	}}
	require.NoError(t, ws.Validate("pools.websocket", WebSocket))
	http1 := &GroupConfig{Backends: map[string]EndpointConfig{"h": {URL: "http://node:2"}}}
	p, err := New("svc", Config{Default: REST, Groups: map[RPC]*GroupConfig{REST: http1, WebSocket: ws}, Limit: limit}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(p.Close)
	to, done, err := p.Pick(WebSocket)
	require.NoError(t, err)
	require.Equal(t, "a ws://node:1/base", to.Name+" "+to.URL.String())
	require.Equal(t, http.Header{"X-Team": {"ours"}, "Authorization": {"Basic dXNlcjp3b3Jk"}, "X-Api-Key": {"user:word"}}, to.Header)
	done(context.Canceled)
	done(io.ErrUnexpectedEOF) // only the first counts
	_, done, err = p.Pick(WebSocket)
	require.NoError(t, err)
	done(io.ErrUnexpectedEOF)
	_, _, err = p.Pick(WebSocket)
	require.ErrorIs(t, err, ErrDown)
	_, _, err = p.Pick(GRPC)
	require.ErrorIs(t, err, ErrDown, "has no backend of its own")
	require.False(t, p.Has(GRPC))
	to, done, err = p.Pick(CometBFT)
	require.NoError(t, err)
	require.Equal(t, "http://node:2", to.URL.String(), "the default's")
	done(nil)
}

// TestGRPCGoesOverHTTP2: without TLS, by prior knowledge, with its trailers.
func TestGRPCGoesOverHTTP2(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Grpc-Status")
		_, _ = io.WriteString(w, r.Proto+" "+r.Header.Get("Te"))
		w.Header().Set("Grpc-Status", "0")
	}))
	srv.Config.Protocols = new(http.Protocols)
	srv.Config.Protocols.SetUnencryptedHTTP2(true)
	srv.Start()
	t.Cleanup(srv.Close)
	conf := &GroupConfig{Backends: map[string]EndpointConfig{"a": {URL: srv.URL}}}
	p, err := New("svc", Config{Default: GRPC, Groups: map[RPC]*GroupConfig{GRPC: conf}, Limit: limit}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(p.Close)
	res, err := p.Do(t.Context(), &Call{Method: "POST", RPC: GRPC})
	require.NoError(t, err)
	raw, err := res.ReadAll()
	require.NoError(t, err)
	require.Equal(t, "HTTP/2.0 trailers", string(raw))
	require.Equal(t, "0", res.Trailer().Get("Grpc-Status"))
}

func TestValidateNamesEveryFault(t *testing.T) {
	bad := GroupConfig{
		Strategy: "best", Profile: "slow", PrefixBytes: -1, Idle: -1, HealthPath: "x", Retries: -2, HedgePercent: 101,
		Backends: map[string]EndpointConfig{"a": {URL: "ws://x", BearerFile: "x", BasicFile: "y"}},
	}
	err := bad.Validate("services.s.pools.rest", REST)
	for _, fault := range []string{"strategy", "profile", "prefix_bytes", "duration", "health_path", "retries", "hedge_percent", "backends.a.url", "exclude"} {
		require.ErrorContains(t, err, fault)
	}
	require.ErrorContains(t, GroupConfig{}.Validate("x", "soap"), "no RPC type")
	require.ErrorContains(t, GroupConfig{}.Validate("x", REST), "at least one")
}

// TestClose: calls under way go on; after the last of them there is no connection left.
func TestClose(t *testing.T) {
	working, finish := make(chan struct{}), make(chan struct{})
	f := newFarm(t, map[string]http.HandlerFunc{"a": func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(working)
			<-finish
		}
		_, _ = io.WriteString(w, "done")
	}})
	p := f.pool()
	before := runtime.NumGoroutine()
	text := make(chan string, 1)
	go func() {
		_, said, _ := ask(t, p, &Call{URL: "/slow"})
		text <- said
	}()
	<-working
	p.Close()
	_, said, err := ask(t, p, &Call{URL: "/"})
	require.NoError(t, err, "new ones still work")
	require.Equal(t, "done", said)
	close(finish)
	require.Equal(t, "done", <-text)
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, patience, often, "but the one that counts them")
}

// TestIs: a pool is that of its configuration and its secrets.
func TestIs(t *testing.T) {
	f := newFarm(t, map[string]http.HandlerFunc{"a": says("a")})
	secret := filepath.Join(t.TempDir(), "token")
	put := func(text string) { require.NoError(t, os.WriteFile(secret, []byte(text), 0o600)) }
	put("one")
	a := f.conf.Backends["a"]
	a.BearerFile = secret
	f.conf.Backends["a"] = a
	p := f.pool()
	cfg := func(edit func(*GroupConfig)) Config {
		conf := f.conf
		conf.Backends = maps.Clone(conf.Backends)
		edit(&conf)
		return Config{Default: JSONRPC, Groups: map[RPC]*GroupConfig{JSONRPC: &conf}, Limit: limit}
	}
	require.True(t, p.Is(cfg(func(*GroupConfig) {})))
	require.False(t, p.Is(cfg(func(c *GroupConfig) { c.Retries = 7 })))
	require.False(t, p.Is(cfg(func(c *GroupConfig) { c.Backends["b"] = c.Backends["a"] })))
	put("two")
	require.False(t, p.Is(cfg(func(*GroupConfig) {})))
	put("one")
	require.True(t, p.Is(cfg(func(*GroupConfig) {})))
	require.NoError(t, os.Remove(secret))
	require.False(t, p.Is(cfg(func(*GroupConfig) {})))
}
