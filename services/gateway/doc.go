// Package gateway is the door for applications: an OpenAI-compatible API whose requests are signed for an
// application that delegated to this gateway, sent to a supplier of the application's session, and whose answers
// are verified before they are handed on.
//
//	openai.go  →  route.go       →  pick.go   →  relay.go, exchange.go  →  verify.go  →  hand.go
//	HTTP, JSON    application,      supplier     sign, send, read           signature     to the client
//	              session                        each part
//
// A streamed answer (SSE, NDJSON) comes in signed batches, each of which is verified and handed on at once. Another
// supplier is asked only before the first batch was verified. A stream that goes wrong later ends as what it is: with an
// error event where the client reads events, and a connection that is cut.
//
// What a supplier's signature covers, and so what an application can hold it to, is each batch's bytes and status, said
// in this session. Not covered are the type of the stream, an unsigned header that may choose between the two, and that
// the batches are all there are and in order: a supplier that ends a stream early between two batches, or an
// unencrypted line that does, is seen in the content alone, by a last event that is missing.
//
// websocket.go does the same to each message of a WebSocket, with one supplier for as long as its session lasts.
//
// height.go follows the chain. The gateway is not on the supplier's bus: it may belong to somebody else.
package gateway
