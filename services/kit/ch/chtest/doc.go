// Package chtest gives tests a real ClickHouse engine: one process for each test binary, one database for each test.
//
// The engine is tools/cmd/chlocal. LODE_CHLOCAL names a built one; otherwise it is built from this repository. With
// LODE_CLICKHOUSE_DSN (http:// or clickhouse://, without a database) a server is used instead.
package chtest
