// Package alerts evaluates the alert rules of deploy/prometheus with Prometheus' own engine: over series that a test writes
// down, and over what services really answered on /metrics. It is a module of its own, so that what Prometheus needs stays
// out of ours.
package alerts
