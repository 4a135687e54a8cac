// Package treasury watches what operators have to pay fees with and at stake, and decides what one treasury account
// pays them.
//
//	look.go     balances and stakes, as the chain has them
//	judge.go    which operator cannot pay its next windows, and whose stake is in danger
//	plan.go     who gets how much
//	ledger.go   what was paid and is being paid, in a bucket, by compare-and-set
//
// Judging and planning are arithmetic. A payment is stored, signed, before it is sent, and lives for a few blocks: until
// these are over nobody makes another, and whoever finds it sends the same bytes, which land once at most.
package treasury
