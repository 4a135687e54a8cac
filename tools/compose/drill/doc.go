// Package drill sends relays through all of Lode under docker compose while it injects fault after fault, and then holds
// the ledger against what was answered: each answered relay must be settled on chain.
//
//	drill.go    the whole run
//	plan.go     the faults, in order;  fault.go  how each is done
//	well.go     when the project is well again
//	account.go  what was answered, and what the ledger says of it
package drill
