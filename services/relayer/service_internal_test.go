package relayer

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/facts/factstest"
)

// notes keeps what is logged.
type notes struct {
	mu   sync.Mutex
	text strings.Builder
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

// address is where the service says that it listens; empty before it does.
func (n *notes) address() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	found := regexp.MustCompile(`msg=listening address=(\S+)`).FindStringSubmatch(n.text.String())
	if found == nil {
		return ""
	}
	return found[1]
}

// TestRun: a started service serves, is ready by its height, and ends with its context.
func TestRun(t *testing.T) {
	b := newBench(t)
	b.cfg.Listen = "127.0.0.1:0"
	said := new(notes)
	kit := quiet()
	kit.Log = slog.New(slog.NewTextHandler(said, nil))
	s, err := New(t.Context(), b.cfg, kit)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	require.Eventually(t, func() bool { return said.address() != "" && s.height.Load() > 0 && len(kit.Health.Faults()) == 0 }, patience, often)
	b.url = "http://" + said.address()
	req := b.Chat("{}")
	b.served(req, b.send(req))
	require.Equal(t, uint64(1), b.messages())
	http.DefaultClient.CloseIdleConnections()
	stop()
	require.NoError(t, ignore(<-ended))
}

// TestDrainHasADeadline: what is still under way then is cut, and what it delivered is in the log when the process ends.
func TestDrainHasADeadline(t *testing.T) {
	b := newBench(t)
	b.cfg.DrainTimeout = time.Millisecond
	first := b.Relayer // its bus stays
	parts := make(chan string)
	b.script(eventStream, parts)
	b.started()
	go func() { parts <- event("one") }()
	r := b.read(t.Context(), http.DefaultClient, b.url)
	require.Equal(t, event("one"), r.next())
	b.stop()
	require.False(t, errors.Is(r.rest(), io.EOF))
	b.Relayer = first
	require.Equal(t, uint64(1), b.messages(), "when it has ended, not later")
	require.Equal(t, relayv1.Truncated_TRUNCATED_CLIENT, r.mined().Truncated)
}

// ignore drops the error that says that the context ended.
func ignore(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func TestNewRefuses(t *testing.T) {
	b := newBench(t)
	for says, edit := range map[string]func(*Config){
		"open supplier keys": func(c *Config) { c.Keys.File = "/does/not/exist" },
		"max_body: a relay":  func(c *Config) { c.MaxBody = 32 << 20 },
		"read bearer_file": func(c *Config) {
			c.Services = map[string]Service{"s": {Backend: "http://localhost", BearerFile: "/does/not/exist"}}
		},
	} {
		cfg := b.cfg
		edit(&cfg)
		_, err := New(t.Context(), cfg, quiet())
		require.ErrorContains(t, err, says)
	}
}

func TestConfigNamesEveryFault(t *testing.T) {
	cfg := Default()
	cfg.Keys.File, cfg.Services = "keys", map[string]Service{factstest.Service: {Backend: "http://localhost:8000"}}
	require.NoError(t, cfg.Validate())
	bad := Config{Services: map[string]Service{"s": {Backend: "localhost:8000", Timeout: -1}}}
	err := bad.Validate()
	for _, fault := range []string{
		"keys: file", "max_body", "error_encoding", "partitions", "max_unlogged", "log_timeout", "services.s.backend", "services.s.timeout",
		"bus.url", "chain.nodes", "observe.listen",
	} {
		require.ErrorContains(t, err, fault)
	}
	require.ErrorContains(t, Default().Validate(), "at least one service")
}

// A gateway may begin with HTTP/2 without TLS.
func TestHTTP2WithoutTLS(t *testing.T) {
	b := newBench(t)
	srv := httptest.NewUnstartedServer(b.Relayer)
	srv.Config.Protocols = protocols()
	srv.Start()
	t.Cleanup(srv.Close)
	only := new(http.Protocols)
	only.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: only}}
	res, err := client.Post(srv.URL, "application/x-protobuf", strings.NewReader("garbage"))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, 2, res.ProtoMajor)
	require.Equal(t, http.StatusBadRequest, res.StatusCode)
}
