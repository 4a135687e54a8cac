// Package ch is the plumbing to ClickHouse: connect, migrate, insert rows in batches. It knows nothing of Pocket.
//
// The DSN's scheme chooses the protocol: http:// for a server's HTTP port or for the embedded engine (tools/cmd/chlocal),
// clickhouse:// for a server's native port. Nothing else changes.
//
// A row is a struct with a `ch` tag per column that knows its table. Insert returns when ClickHouse has acknowledged
// every row, so a consumer that acknowledges its messages after Insert loses nothing; the tables replace rows with
// equal keys, so what is inserted twice is counted once.
package ch
