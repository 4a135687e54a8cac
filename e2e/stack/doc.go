// Package stack tests Lode as a black box: every service in its own process, a real Pocket chain, real NATS, the
// real ClickHouse engine. `make build` makes the programs it runs.
package stack
