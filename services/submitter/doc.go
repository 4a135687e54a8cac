// Package submitter pays out: it claims sealed sessions and proves those that the chain asks for, each in its
// window, and finishes only when the chain's own state says so.
//
//	member.go              who is alive, who should act for which supplier, taking over
//	on_session_sealed.go   →  book.go         stored before the first broadcast, every change by compare-and-set
//	on_block_committed.go  →  plan.go  →  claim.go, prove.go  →  broadcast.go, send.go, offers.go     one step for each block
//	weigh.go, budget.go    whether a claim is worth its cost, and what its application can pay of it
//	treasury.go, treasury_pay.go   what operators have and have at stake, and who pays for them
//	risk.go, forecast.go   who goes first, and whether all of it will land
//	on_chain_events.go     →  ended.go        settled, expired or discarded by the chain; endings.go: before it is an obligation
//	emit_claim_changed.go, emit_claim_ended.go   what became of it
//
// Block time and height are the only clock. A broadcast that returned 0 proves nothing: each block the chain's
// state is asked, and what is missing is sent again. A batch is a set of independent results: when it cannot be
// simulated as a whole it is halved until the bad message stands alone. Several submitters share the suppliers: who
// has lost an obligation to another can neither store nor send anything for it (ADR 0011).
package submitter
