// Package relayer serves signed relays in front of model servers and makes each one durable before its reply is
// finished.
//
// One request's way, file by file:
//
//	serve.go  →  admit.go  →  verify.go  →  meter.go  →  forward.go  →  sign.go  →  emit_relay_served.go
//	body         cheap       session and    budget       backend        response     relay log
//	             checks      signature
//
// on_block_committed.go keeps the height. Checks and errors are those of the relay protocol's section 6: cheapest
// first, and nothing that fails one of them reaches the log. Prices, difficulty and compute units are pinned at
// the session's start and travel with the relay.
package relayer
