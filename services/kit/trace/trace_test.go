package trace_test

import (
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/lodeworks/lode/services/kit/trace"
)

func inMemory(share float64) (*trace.Tracer, *tracetest.InMemoryExporter) {
	spans := tracetest.NewInMemoryExporter()
	return trace.With("test", share, sdk.WithSyncer(spans)), spans
}

func request(parent string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
	if parent != "" {
		r.Header.Set("Traceparent", parent)
	}
	return r
}

// A trace goes on from one service to the next, by nothing but the header.
func TestATraceCrossesServices(t *testing.T) {
	first, sent := inMemory(1)
	second, received := inMemory(1)
	ctx, span := first.Receive(request(""), "gateway")
	header := http.Header{}
	trace.Send(ctx, header)
	require.Len(t, header, 1)
	below, child := second.Receive(request(header.Get("Traceparent")), "relayer")
	require.Len(t, trace.ID(ctx), 16)
	require.Equal(t, trace.ID(ctx), trace.ID(below))
	child.End()
	span.End()
	require.Equal(t, sent.GetSpans()[0].SpanContext.SpanID(), received.GetSpans()[0].Parent.SpanID())
	require.Contains(t, received.GetSpans()[0].Resource.String(), "service.name=lode-test")
}

// A caller can ask for less than our share, not for more.
func TestShare(t *testing.T) {
	const wanted, unwanted = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
	for _, c := range []struct {
		share  float64
		parent string
		kept   bool
	}{
		{1, "", true}, {0, "", false}, {1, wanted, true}, {0, wanted, false}, {1, unwanted, false},
		{1, "garbage", true}, {1, "00-00000000000000000000000000000000-b7ad6b7169203331-01", true},
	} {
		tracer, spans := inMemory(c.share)
		ctx, span := tracer.Receive(request(c.parent), "relay")
		_, child := tracer.Start(ctx, "backend")
		child.End()
		span.End()
		require.Equal(t, c.kept, len(spans.GetSpans()) == 2, "%+v", c)
		require.Equal(t, c.kept, len(trace.ID(ctx)) == 16, "%+v", c)
	}
}

func TestANilTracerDoesNothing(t *testing.T) {
	var tracer *trace.Tracer
	r := request("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	header := http.Header{}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		ctx, span := tracer.Receive(r, "relay")
		ctx, child := tracer.Start(ctx, "backend")
		trace.Send(ctx, header)
		child.End()
		span.End()
		require.Nil(t, trace.ID(ctx))
	}))
	require.Empty(t, header)
	require.NoError(t, tracer.Stop(t.Context()))
}

// What ended before Stop is with the collector after it.
func TestSpansReachTheCollector(t *testing.T) {
	got := make(chan *collector.ExportTraceServiceRequest, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var said collector.ExportTraceServiceRequest
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/v1/traces" && proto.Unmarshal(body, &said) == nil {
			got <- &said
		}
	}))
	defer server.Close()
	tracer, err := trace.New(t.Context(), "test", trace.Config{Endpoint: server.URL, Share: 1}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	_, span := tracer.Receive(request(""), "relay")
	span.End()
	require.NoError(t, tracer.Stop(t.Context()))
	said := <-got
	require.Equal(t, "relay", said.ResourceSpans[0].ScopeSpans[0].Spans[0].Name)
}

func TestConfig(t *testing.T) {
	require.NoError(t, trace.Config{}.Validate())
	require.NoError(t, trace.Config{Endpoint: "https://collector:4318", Share: 0.01}.Validate())
	tracer, err := trace.New(t.Context(), "test", trace.Config{Share: 1}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.Nil(t, tracer)
	for _, c := range []trace.Config{{Endpoint: "collector:4318"}, {Endpoint: "http://"}, {Share: -1}, {Share: 1.1}, {Share: math.NaN()}, {Endpoint: "http://collector:4318"}} {
		require.Error(t, c.Validate(), "%+v", c)
	}
}
