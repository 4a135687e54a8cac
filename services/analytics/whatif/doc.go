// Package whatif settles claims of the past once more, under other parameters.
//
//	reprice.go  the chain's settlement as a pure function of claims and their terms, and what to change in them
//	history.go  which value of a parameter, target or stake was in force at a height
//	load.go     claims and terms from the store
//	total.go    sums of both sides
//
// Under the parameters that were in force it gives what was settled, to the unit: tests compare it with a slow twin and
// with a real chain. What nobody can know is held: the same relays come, the same claims are proven in time.
package whatif
