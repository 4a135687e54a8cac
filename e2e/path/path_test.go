package path_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/gateway"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/relayer"
	"github.com/lodeworks/lode/services/relayer/upstream"
	"github.com/lodeworks/lode/tools/stack"
)

const (
	model    = "llama"
	patience = 20 * time.Second
	often    = 5 * time.Millisecond
)

// path is a gateway, a relayer with two suppliers, and the bus that the relayer logs to.
type path struct {
	*factstest.World
	t       testing.TB
	bus     *bus.Bus
	gateway string // base URL
}

// service is what both of them are.
type service interface{ Run(context.Context) error }

// newPath starts all of it at height 5 and waits until it is ready.
func newPath(t testing.TB, backend http.HandlerFunc) *path {
	t.Helper()
	server := httptest.NewServer(backend)
	t.Cleanup(server.Close)
	url := bustest.Server(t)
	p := &path{World: factstest.New(t, 2), t: t, bus: bustest.Dial(t, url, "test")}
	require.NoError(t, p.bus.Apply(t.Context(), 1))
	ports, err := stack.FreePorts()
	require.NoError(t, err)

	r := relayer.Default()
	r.Listen, r.Bus.URL, r.Chain = address(ports.Relayer), url, p.Config()
	r.Keys.File = factstest.KeyFile(t, p.Suppliers...)
	sockets := upstream.GroupConfig{Backends: map[string]upstream.EndpointConfig{"backend": {URL: server.URL}}}
	r.Services = map[string]relayer.Service{factstest.Service: {Backend: server.URL, Pools: map[string]upstream.GroupConfig{"websocket": sockets}}}
	require.NoError(t, r.Validate())
	start(t, r, r.Listen, relayer.New, func() { p.block(5) })

	g := gateway.Default()
	g.Listen, g.Chain, g.KeyFile, g.HeightEvery = address(ports.Gateway), p.Config(), factstest.KeyFile(t, p.Gateway), often
	g.Applications, g.Models = []string{p.App.Address()}, map[string]string{model: factstest.Service}
	require.NoError(t, g.Validate())
	for _, key := range p.Suppliers {
		p.Serve(key, "http://"+r.Listen)
	}
	start(t, g, g.Listen, gateway.New, func() {})
	p.gateway = "http://" + g.Listen
	return p
}

// start runs a service until the test ends, and returns when it listens and knows the height. begun is called when it
// runs.
func start[C any, S service](t testing.TB, cfg C, listen string, open func(context.Context, C, run.Kit) (S, error), begun func()) {
	t.Helper()
	kit := run.Kit{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Health: run.NewHealth()}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	s, err := open(ctx, cfg, kit)
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() { stop(); require.ErrorIs(t, <-ended, context.Canceled) })
	begun()
	require.Eventually(t, func() bool { return listens(listen) && height(t, kit.Metrics) == 5 }, patience, often)
}

func listens(address string) bool {
	conn, err := net.Dial("tcp", address)
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}

// height is that which a service knows of.
func height(t testing.TB, metrics prometheus.Gatherer) float64 {
	families, err := metrics.Gather()
	require.NoError(t, err)
	for _, f := range families {
		if strings.HasSuffix(f.GetName(), "_height") {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	return 0
}

func address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// block moves the chain; the relayer hears of it by the bus, the gateway asks.
func (p *path) block(height int64) {
	p.t.Helper()
	p.SetHeight(height)
	_, _, err := p.bus.Publish(p.t.Context(), bus.Message{Subject: bus.BlockCommittedSubject, Body: &chainv1.Block{Height: height}})
	require.NoError(p.t, err)
}

// client is the official OpenAI client.
func (p *path) client() openai.Client {
	return openai.NewClient(option.WithBaseURL(p.gateway+"/v1"), option.WithAPIKey("none"), option.WithMaxRetries(0))
}

// logged waits until so many relays are in the log, and returns them in its order.
func (p *path) logged(n int) []*relayv1.Served {
	p.t.Helper()
	var relays []*relayv1.Served
	require.Eventually(p.t, func() bool {
		relays = nil
		_, err := p.bus.Replay(p.t.Context(), bus.StreamRelays, []string{bus.RelayServedFilter}, func(m bus.Msg) error {
			g := new(relayv1.ServedGroup)
			err := proto.Unmarshal(m.Data, g)
			relays = append(relays, g.Relays...)
			return err
		})
		return err == nil && len(relays) >= n
	}, patience, often)
	require.Len(p.t, relays, n)
	return relays
}
