// Package analytics measures how fast the store takes what the chain says and answers what operators ask.
//
// A history of a year is made from a seed: 57 suppliers that are paid for five services every half hour, and a row of
// relay_minutes for every minute, supplier and service of 48 of them. Any part of it can be worked out without the rest, so
// every answer is compared with a slow reference that reads the history itself.
//
//	events, as the indexer says them ─► analytics.RowsOf ─► analytics.Insert ─► ClickHouse      (timed: the inserter)
//	rows of relay_minutes, made in the store as analytics sums relays there ─► relay_hours
//	analytics, a process of its own ◄─ twelve questions by HTTP                                 (timed: the answers)
//
// How fast a chain's blocks are read is measured by bench/indexer in the same run.
package analytics
