package gateway

import (
	"context"
	"net/http"

	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	oteltrace "go.opentelemetry.io/otel/trace"
)

// traced is a handler with a span for each request, below the application's if it names one.
func (g *Gateway) traced(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, span := g.kit.Tracer.Receive(r, "request")
		defer span.End()
		h(w, r.WithContext(ctx))
	}
}

// traceRelay begins the span of one relay to one supplier: a request has as many as it took attempts. It is ended
// with the relay's error. The supplier's relayer goes on below it.
func (g *Gateway) traceRelay(ctx context.Context, r *route, supplier *sharedtypes.Supplier) (context.Context, func(error)) {
	ctx, span := g.kit.Tracer.Start(ctx, "relay", oteltrace.WithSpanKind(oteltrace.SpanKindClient))
	if span.IsRecording() {
		h := r.session.Header
		span.SetAttributes(attribute.String("lode.service", h.ServiceId), attribute.String("lode.session", h.SessionId),
			attribute.String("lode.supplier", supplier.OperatorAddress))
	}
	return ctx, func(err error) {
		if err != nil {
			span.SetStatus(codes.Error, err.Error())
		}
		span.End()
	}
}
