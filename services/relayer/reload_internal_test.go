package relayer

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/kit/conf"
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/relayer/upstream"
)

// started runs the bench's relayer by its shell, with its configuration in a file.
func (b *bench) started() (file string, kit run.Kit) {
	b.t.Helper()
	file, said := filepath.Join(b.t.TempDir(), "relayer.yaml"), new(notes)
	b.cfg.Listen, b.cfg.Observability.Listen = "127.0.0.1:0", "127.0.0.1:0"
	b.put(file)
	source := conf.NewSource("relayer", Default(), file)
	cfg, err := source.Read()
	require.NoError(b.t, err)
	ctx, stop := context.WithCancel(context.WithoutCancel(b.t.Context()))
	opened, ended := make(chan *Relayer, 1), make(chan error, 1)
	go func() {
		ended <- run.Start(ctx, "relayer", cfg, source, func(ctx context.Context, cfg Config, k run.Kit) (*Relayer, error) {
			k.Log = slog.New(slog.NewTextHandler(said, nil))
			kit = k
			s, err := New(ctx, cfg, k)
			opened <- s
			return s, err
		})
	}()
	b.Relayer = <-opened
	require.NotNil(b.t, b.Relayer)
	b.stop = sync.OnceFunc(func() { stop(); require.NoError(b.t, <-ended) })
	b.t.Cleanup(b.stop)
	require.Eventually(b.t, func() bool { return said.address() != "" && b.height.Load() == 5 }, patience, often)
	b.url = "http://" + said.address()
	return file, kit
}

// failed tells whether the last configuration could not be used.
func failed(t testing.TB, kit run.Kit) bool {
	t.Helper()
	families, err := kit.Metrics.Gather()
	require.NoError(t, err)
	for _, f := range families {
		if f.GetName() == "lode_config_reload_failed" {
			return f.Metric[0].GetGauge().GetValue() == 1
		}
	}
	return false
}

// put writes the bench's configuration.
func (b *bench) put(file string) {
	b.t.Helper()
	text, err := conf.YAML(b.cfg)
	require.NoError(b.t, err)
	require.NoError(b.t, os.WriteFile(file, text, 0o600))
}

// reloads does what changes the configuration in force, and waits until it has.
func (b *bench) reloads(by func()) {
	b.t.Helper()
	before := b.now()
	by()
	require.Eventually(b.t, func() bool { return b.now() != before }, patience, often)
}

func hup() { _ = syscall.Kill(os.Getpid(), syscall.SIGHUP) }

// model is a backend that tells how many calls and connections it had.
type model struct {
	*httptest.Server
	calls, conns atomic.Int32
}

func newModel(t testing.TB, h http.HandlerFunc) *model {
	m := new(model)
	m.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.calls.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Method != http.MethodGet { // else it is asked how it is
			h(w, r)
		}
	}))
	m.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			m.conns.Add(1)
		case http.StateClosed, http.StateHijacked:
			m.conns.Add(-1)
		}
	}
	m.Start()
	t.Cleanup(m.Close)
	return m
}

// TestReloadUnderLoad: while the configuration changes again and again, by the file and by SIGHUP, each relay is served
// and logged once, a stream comes whole, and a WebSocket stays.
func TestReloadUnderLoad(t *testing.T) {
	const relays, each = 240, 40
	b := newBench(t)
	b.stake(10_000)
	echo := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answered) }
	models := []*model{newModel(t, echo), newModel(t, echo)}
	parts := make(chan string)
	streaming := newModel(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", eventStream)
		w.WriteHeader(http.StatusAccepted)
		for part := range parts {
			_, _ = io.WriteString(w, part)
			_ = http.NewResponseController(w).Flush()
		}
	})
	finish := sync.OnceFunc(func() { close(parts) })
	t.Cleanup(finish)
	sockets, socketURL := newWSBackend(t)
	serve := func(m *model) {
		at := func(url string) upstream.GroupConfig {
			return upstream.GroupConfig{HealthPath: "/", HealthEvery: time.Hour, Backends: map[string]upstream.EndpointConfig{"a": {URL: url}}}
		}
		b.cfg.Services = map[string]Service{factstest.Service: {DefaultRPC: "jsonrpc", Pools: map[string]upstream.GroupConfig{
			"jsonrpc": at(m.URL), "stream": at(streaming.URL), "websocket": {Backends: map[string]upstream.EndpointConfig{"a": {URL: socketURL}}},
		}}}
	}
	serve(models[0])
	file, _ := b.started()

	go func() { parts <- event("one") }()
	stream := b.read(t.Context(), http.DefaultClient, b.url)
	require.Equal(t, event("one"), stream.next())
	ws := &wsBench{b, sockets}
	conn := ws.dial()
	first := ws.message("first")
	ws.ask(conn, first)
	backend := <-sockets.conns
	ws.read(backend, websocket.MessageText, "first")

	bodies := make([][]byte, relays)
	for i := range bodies {
		bodies[i] = encoded(t, b.Chat(fmt.Sprint(i)))
	}
	var load errgroup.Group
	load.SetLimit(4)
	for i, body := range bodies {
		load.Go(func() error { return b.answers(body) })
		switch {
		case i%(2*each) == each:
			serve(models[(i/(2*each)+1)%2])
			b.reloads(func() { b.put(file) })
		case i%each == 0:
			b.cfg.Limits.GatewayRate = float64(100_000 + i)
			b.put(file)
			b.reloads(hup)
		}
	}
	require.NoError(t, load.Wait())
	go func() { parts <- event("two"); finish() }()
	require.ErrorIs(t, stream.rest(), io.EOF)
	require.Equal(t, event("one")+event("two"), string(stream.body))
	ws.write(backend, websocket.MessageText, []byte("answer"))
	ws.answer(conn, first)
	require.NoError(t, conn.Close(websocket.StatusNormalClosure, ""))
	require.Len(t, b.leaves(), relays+2)
	require.Positive(t, models[0].calls.Load())
	require.Positive(t, models[1].calls.Load())
}

// answers sends a relay that must be answered and signed.
func (b *bench) answers(body []byte) error {
	res, err := http.Post(b.url, "application/x-protobuf", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d: %s: %w", res.StatusCode, raw, err)
	}
	got, err := relay.DecodeResponse(raw)
	if err != nil {
		return err
	}
	return relay.VerifyResponse(got, b.Suppliers[0].Public())
}

// TestReloadRemovesService: what is under way ends as it began, then the service is not there, and its backend has no
// connections any more.
func TestReloadRemovesService(t *testing.T) {
	b := newBench(t)
	working, finish := make(chan struct{}), make(chan struct{})
	old := newModel(t, func(w http.ResponseWriter, _ *http.Request) {
		close(working)
		<-finish
		_, _ = io.WriteString(w, answered)
	})
	b.cfg.Services = map[string]Service{factstest.Service: {Pools: map[string]upstream.GroupConfig{"jsonrpc": {
		HealthPath: "/health", HealthEvery: time.Minute, Backends: map[string]upstream.EndpointConfig{"a": {URL: old.URL}},
	}}}}
	file, kit := b.started()
	req, got := b.Chat("1"), make(chan error, 1)
	go func() { got <- b.answers(encoded(t, req)) }()
	select {
	case <-working:
	case err := <-got:
		t.Fatal("not taken", err)
	}
	b.cfg.Services = map[string]Service{"another": {Backend: old.URL}}
	b.reloads(func() { b.put(file) })
	require.Equal(t, http.StatusNotFound, b.send(b.Chat("2")).status)
	close(finish)
	require.NoError(t, <-got)
	require.Len(t, b.leaves(), 1)
	require.Eventually(t, func() bool { return old.conns.Load() == 0 }, patience, often)

	// an invalid file, and one that the relayer refuses, leave it as it is
	wrong := []Service{{Backend: "nowhere"}, {Backend: old.URL, BearerFile: "/does/not/exist"}}
	for _, another := range wrong {
		b.cfg.Services = map[string]Service{factstest.Service: {Backend: old.URL}, "another": another}
		b.put(file)
		require.Eventually(t, func() bool { return failed(t, kit) }, patience, often)
		require.Equal(t, http.StatusNotFound, b.send(b.Chat("3")).status)
		b.cfg.Services = map[string]Service{"another": {Backend: old.URL, MaxBody: int64(len(another.BearerFile))}}
		b.reloads(func() { b.put(file) })
		require.Eventually(t, func() bool { return !failed(t, kit) }, patience, often)
	}
}

// TestReloadLimits: new limits count for the next relay, and what was served is known as before.
func TestReloadLimits(t *testing.T) {
	b := newBench(t)
	reload := func(edit func(*Config)) Config {
		edit(&b.cfg)
		require.NoError(t, b.cfg.Validate())
		now, err := b.Reload(t.Context(), b.cfg)
		require.NoError(t, err)
		return now
	}
	before := b.Chat("{}")
	b.served(before, b.send(before))
	pool := b.now().backends[factstest.Service]
	reload(func(c *Config) { c.Limits.GatewayRate, c.Limits.GatewayBurst = 1e-6, 1 })
	require.Same(t, pool, b.now().backends[factstest.Service], "its configuration is as before")
	require.Equal(t, http.StatusConflict, b.send(before).status)
	req := b.Chat("{}")
	b.served(req, b.send(req))
	require.Equal(t, http.StatusTooManyRequests, b.send(b.Chat("{}")).status)
	reload(func(c *Config) { c.Limits.ApplicationRate = 1000 })
	require.Equal(t, http.StatusTooManyRequests, b.send(b.Chat("{}")).status, "the limit is as before, so its count is")
	reload(func(c *Config) { c.Limits.GatewayRate, c.Limits.URL = 0, 8 })
	require.Equal(t, http.StatusRequestURITooLong, b.send(b.Chat("{}")).status)
	service := b.cfg.Services[factstest.Service]
	reload(func(c *Config) {
		c.Limits.URL = 1 << 10
		service.MaxBody = 64
		c.Services = map[string]Service{factstest.Service: service}
	})
	require.Equal(t, http.StatusRequestEntityTooLarge, b.send(b.Chat("{}")).status)
	running := b.now().cfg
	now := reload(func(c *Config) {
		c.MaxBody, c.DrainTimeout, c.LogTimeout = 1<<20, time.Minute, time.Minute
		c.Listen, c.Bus.URL, c.Partitions, c.Limits.Replays, c.Keys.File = "127.0.0.1:1", "nats://elsewhere", 3, 5, "other"
		c.Meter.OnBusFailure, c.Meter.Timeout = "closed", time.Hour
		c.Observability.LogLevel, c.Observability.Pprof = "debug", true
	})
	require.Equal(t, []string{"drain_timeout", "log_timeout", "max_body", "meter.on_bus_failure", "observe.log_level"}, conf.Differences(running, now))
	require.Equal(t, []string{"bus.url", "keys.file", "limits.replays", "listen", "meter.timeout", "observe.pprof", "partitions"}, conf.Differences(now, b.cfg))
	require.NotSame(t, pool, b.now().backends[factstest.Service])
	_, err := b.Reload(t.Context(), Config{})
	require.ErrorContains(t, err, "at least one service")
	now.MaxBody = 32 << 20
	_, err = b.Reload(t.Context(), now)
	require.ErrorContains(t, err, "this bus takes")
	require.Equal(t, int64(1<<20), b.now().cfg.MaxBody)
}

// TestReloadMeter: budgets go on as they are, what lies beyond them is served or not as it is configured now.
func TestReloadMeter(t *testing.T) {
	b := newBench(t)
	b.stake(1)
	req := b.Chat("1")
	b.served(req, b.send(req))
	for _, beyond := range []bool{false, true, false} {
		b.cfg.Overservice = beyond
		_, err := b.Reload(t.Context(), b.cfg)
		require.NoError(t, err)
		want := map[bool]int{false: http.StatusTooManyRequests, true: http.StatusOK}[beyond]
		require.Equal(t, want, b.send(b.Chat("{}")).status)
	}
}

// TestReloadSecrets: secrets are read again with every reload, whatever else has changed.
func TestReloadSecrets(t *testing.T) {
	b := newBench(t)
	secret := filepath.Join(t.TempDir(), "token")
	var got atomic.Pointer[string]
	b.answerWith(func(w http.ResponseWriter, r *http.Request) {
		token := r.Header.Get("Authorization")
		got.Store(&token)
		_, _ = io.WriteString(w, answered)
	})
	service := b.cfg.Services[factstest.Service]
	service.BearerFile = secret
	b.cfg.Services = map[string]Service{factstest.Service: service}
	for _, token := range []string{"one", "two"} {
		require.NoError(t, os.WriteFile(secret, []byte(token), 0o600))
		_, err := b.Reload(t.Context(), b.cfg)
		require.NoError(t, err)
		req := b.Chat("{}")
		b.served(req, b.send(req))
		require.Equal(t, "Bearer "+token, *got.Load())
	}
}

// The shell finds the method by its form.
var _ run.Reloader[Config] = (*Relayer)(nil)
