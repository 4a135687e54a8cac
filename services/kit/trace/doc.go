// Package trace makes OpenTelemetry spans and sends them to a collector, when one is configured.
//
// A trace crosses services in W3C's traceparent header; baggage does not travel. A span is kept when its trace id falls
// into the configured share, by the rule of OpenTelemetry's TraceIDRatioBased, so services with the same share keep the
// same traces. A caller that asks for less is obeyed, one that asks for more is not: the relayer's callers are anyone.
//
// Spans wait in a bounded queue and are dropped when it is full. Nothing waits for a collector, and none that is down
// stops anything.
package trace
