package relayer

import (
	"bytes"
	"encoding/hex"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/lodeworks/lode/services/kit/trace"
)

const (
	callersTrace  = "0af7651916cd43dd8448eb211c80319c"
	callersParent = "00-" + callersTrace + "-b7ad6b7169203331-01"
)

func (b *bench) trace() *tracetest.InMemoryExporter {
	spans := tracetest.NewInMemoryExporter()
	b.kit.Tracer = trace.With("relayer", 1, sdk.WithSyncer(spans))
	return spans
}

// A relay's event has the gateway's trace, the trace has the relay's session, and the backend is asked below it.
func TestARelayIsInItsGatewaysTrace(t *testing.T) {
	b := newBench(t)
	spans := b.trace()
	inner, asked := *b.backend.Load(), make(chan string, 1)
	b.answerWith(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Header.Get("Traceparent")
		inner(w, r)
	})
	req := b.Chat(`{"model":"m"}`)
	body, err := req.Marshal()
	require.NoError(t, err)
	hr, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url, bytes.NewReader(body))
	require.NoError(t, err)
	hr.Header.Set("Traceparent", callersParent)
	res, err := http.DefaultClient.Do(hr)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)

	require.Equal(t, callersTrace, hex.EncodeToString(b.groups()[0].Relays[0].TraceId))
	require.Eventually(t, func() bool { return len(spans.GetSpans()) == 1 }, patience, often)
	span := spans.GetSpans()[0]
	require.Equal(t, "b7ad6b7169203331", span.Parent.SpanID().String())
	require.Contains(t, span.Attributes, attribute.String("lode.session", req.Meta.SessionHeader.SessionId))
	require.Contains(t, span.Attributes, attribute.Int64("gen_ai.usage.output_tokens", 11))
	require.Equal(t, "00-"+callersTrace+"-"+span.SpanContext.SpanID().String()+"-01", <-asked)
}

// What is refused says why, and an event without a trace has no id.
func TestTracesOfRefusals(t *testing.T) {
	b := newBench(t)
	b.served(b.Chat("{}"), b.send(b.Chat("{}")))
	require.Empty(t, b.groups()[0].Relays[0].TraceId)

	spans := b.trace()
	require.Equal(t, http.StatusBadRequest, b.post([]byte("garbage")).status)
	require.Eventually(t, func() bool { return len(spans.GetSpans()) == 1 }, patience, often)
	require.Equal(t, "decode", spans.GetSpans()[0].Status.Description)
}
