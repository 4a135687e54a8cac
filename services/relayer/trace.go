package relayer

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	oteltrace "go.opentelemetry.io/otel/trace"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/trace"
)

// traced begins the span of a request, below the gateway's. The span of a WebSocket is that of all its messages.
func (s *Relayer) traced(r *http.Request) (*http.Request, func()) {
	if s.kit.Tracer == nil {
		return r, func() {}
	}
	ctx, span := s.kit.Tracer.Receive(r, "relay")
	return r.WithContext(ctx), func() { span.End() }
}

// traceFailed says on the request's span why no relay was served.
func traceFailed(ctx context.Context, err error) {
	if span := oteltrace.SpanFromContext(ctx); err != nil && span.IsRecording() {
		span.SetStatus(codes.Error, asRefusal(err).cause)
	}
}

// traceServed puts the trace into the relay's event, and the event into the trace: whoever has one finds the other.
// Attributes that begin with gen_ai are OpenTelemetry's.
func traceServed(ctx context.Context, terms *relayv1.Terms, r *relayv1.Served) {
	r.TraceId = trace.ID(ctx)
	span := oteltrace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	span.SetAttributes(
		attribute.String("lode.service", terms.Service), attribute.String("lode.supplier", terms.Supplier),
		attribute.String("lode.session", terms.SessionId), attribute.Int("http.response.status_code", int(r.StatusCode)),
		attribute.Float64("lode.backend_seconds", float64(r.BackendNanos)/1e9),
	)
	if r.Model == "" {
		return
	}
	span.SetAttributes(attribute.String("gen_ai.response.model", r.Model), attribute.Bool("lode.streamed", r.Streamed))
	if r.FinishReason != "" {
		span.SetAttributes(attribute.StringSlice("gen_ai.response.finish_reasons", []string{r.FinishReason}))
	}
	if r.FirstTokenNanos > 0 {
		span.SetAttributes(attribute.Float64("lode.time_to_first_token_seconds", float64(r.FirstTokenNanos)/1e9))
	}
	if r.UsageKnown {
		span.SetAttributes(
			attribute.Int64("gen_ai.usage.input_tokens", int64(r.PromptTokens)),
			attribute.Int64("gen_ai.usage.output_tokens", int64(r.CompletionTokens)),
		)
	}
}
