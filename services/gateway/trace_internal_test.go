package gateway

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3/option"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/lodeworks/lode/services/kit/trace"
)

// roundTrip is a transport that is a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A request is one trace: the application's span, the gateway's, one for each supplier that was tried.
func TestARequestIsOneTrace(t *testing.T) {
	b := newBench(t, 2)
	spans := tracetest.NewInMemoryExporter()
	b.kit.Tracer = trace.With("gateway", 1, sdk.WithSyncer(spans))
	var failed bool
	var sent []string
	for _, s := range b.suppliers {
		s.tamper = func(res *servicetypes.RelayResponse) {
			if !failed {
				failed, res.Meta.SupplierOperatorSignature = true, nil
			}
		}
	}
	transport := b.Gateway.client.Transport
	b.Gateway.client.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		sent = append(sent, r.Header.Get("Traceparent"))
		return transport.RoundTrip(r)
	})
	_, _, err := b.chat(t, option.WithHeader("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(spans.GetSpans()) == 3 }, 20*time.Second, 5*time.Millisecond)
	first, second, request := spans.GetSpans()[0], spans.GetSpans()[1], spans.GetSpans()[2]
	require.Equal(t, "b7ad6b7169203331", request.Parent.SpanID().String())
	for i, relay := range []tracetest.SpanStub{first, second} {
		require.Equal(t, request.SpanContext.SpanID(), relay.Parent.SpanID())
		require.Equal(t, "0af7651916cd43dd8448eb211c80319c", strings.Split(sent[i], "-")[1])
		require.Equal(t, relay.SpanContext.SpanID().String(), strings.Split(sent[i], "-")[2])
	}
	require.Equal(t, codes.Error, first.Status.Code)
	require.Equal(t, codes.Unset, second.Status.Code)
}
