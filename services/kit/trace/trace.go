package trace

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Tracer makes spans. A nil Tracer makes none, at no cost.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// New returns a service's Tracer: nil when no endpoint is configured. The collector need not be there.
func New(ctx context.Context, service string, cfg Config, log *slog.Logger) (*Tracer, error) {
	if cfg.Endpoint == "" {
		return nil, nil
	}
	u, err := url.Parse(cfg.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("parse trace endpoint: %w", err)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1/traces" // as OTEL_EXPORTER_OTLP_ENDPOINT means it
	}
	exporter, err := otlptracehttp.New(context.WithoutCancel(ctx), otlptracehttp.WithEndpointURL(u.String()))
	if err != nil {
		return nil, fmt.Errorf("make trace exporter: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("spans not sent", "err", err) }))
	return With(service, cfg.Share, sdk.WithBatcher(exporter)), nil
}

// With returns a Tracer that hands its spans to a processor; tests give one that remembers them.
func With(service string, share float64, to sdk.TracerProviderOption) *Tracer {
	ours := sdk.TraceIDRatioBased(share)
	p := sdk.NewTracerProvider(to,
		sdk.WithSampler(sdk.ParentBased(ours, sdk.WithRemoteParentSampled(ours))),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", "lode-"+service))))
	return &Tracer{provider: p, tracer: p.Tracer("github.com/lodeworks/lode")}
}

// Stop sends what waits, and ends.
func (t *Tracer) Stop(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// Start begins a span below the one of ctx, which may be a caller's (Receive). Its End must be called.
func (t *Tracer) Start(ctx context.Context, name string, opts ...trace.SpanStartOption) (context.Context, trace.Span) {
	if t == nil {
		return ctx, noop.Span{}
	}
	return t.tracer.Start(ctx, name, opts...)
}

// Receive begins the server's span of a request, below the caller's span if its headers name one.
func (t *Tracer) Receive(r *http.Request, name string) (context.Context, trace.Span) {
	if t == nil {
		return r.Context(), noop.Span{}
	}
	ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	return t.Start(ctx, name, trace.WithSpanKind(trace.SpanKindServer))
}

// Send puts the span of ctx, if there is one, into a request's headers.
func Send(ctx context.Context, header http.Header) {
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(header))
}

// ID is the trace of ctx, 16 bytes; nil when it is not kept.
func ID(ctx context.Context) []byte {
	c := trace.SpanContextFromContext(ctx)
	if !c.IsSampled() {
		return nil
	}
	id := c.TraceID()
	return id[:]
}
