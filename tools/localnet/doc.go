// Package localnet describes a complete Pocket network of one validator and
// writes the folder its node starts from.
//
// The story has three steps, each a value that can be looked at before the next:
//
//	Config ──New──► Net ──Genesis──► genesis document ──WriteHome──► files
//
// A [Net] is everybody on the chain: the validator, the Source who owns the
// service, the Application who pays for it, the Gateway it delegated to, and the
// Suppliers with their endpoints. Nothing about the chain's behaviour is written
// here: parameters come from a [Profile], the state machine is the official one
// (package node starts it).
//
// Every key is derived from its account's name, so a network is a pure function
// of its Config: the same call gives the same genesis, byte for byte, on every
// machine. That also makes the keys worthless: they are TEST KEYS that anybody
// can compute. Never send anything of value to these addresses.
package localnet
