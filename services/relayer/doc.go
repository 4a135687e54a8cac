// Package relayer serves signed relays in front of model servers and makes each one durable before its reply is
// finished.
//
// One request's way, file by file:
//
//	serve.go  →  admit.go  →  verify.go  →  meter.go  →  forward.go  →  sign.go  →  emit_relay_served.go
//	body         cheap       session and    budget       backend        response     relay log
//	             checks      signature
//
// The budget is one of all the supplier's relayers: package exposure. Package upstream holds the backends. An answer that
// is a stream of events, or of gRPC messages, leaves in signed batches as it comes: stream.go, with batch.go for what is a
// batch, stream_out.go for how it is signed and sink.go for how it is sent. It is one relay, and in the log before its last
// batch leaves; one that broke off is a relay of what was delivered.
//
// A WebSocket (websocket.go, websocket_bridge.go) is a bridge for one session: each of the gateway's frames is a request
// that passes the same checks, each of the backend's a response; with the latest request it is one relay, in the log
// before it is sent. grpc.go takes relays that come as gRPC calls, grpc_stream.go those whose answers may be streams.
//
// A setup (setup.go) is what a configuration makes: backends, limits. It does not change; reload.go puts another in its
// place, and each request keeps the one that it began with.
//
// on_block_committed.go keeps the height. Checks and errors are those of the relay protocol's section 6: cheapest
// first, and nothing that fails one of them reaches the log. Prices, difficulty and compute units are pinned at
// the session's start and travel with the relay.
package relayer
