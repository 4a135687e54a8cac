// Package backup copies what Lode must not lose into a folder, and brings it back: the streams and buckets of the bus, with
// the positions of their consumers, by JetStream's own snapshots, and the tables of ClickHouse in its Native format.
//
// The services may run meanwhile. The order makes that safe (order.go): what is copied later is never older than what was
// copied before, and each part is copied after those whose consumers have acknowledged for it.
//
//	order.go  what is copied in which order
//	bus.go    streams and buckets;  clickhouse.go  tables
package backup
