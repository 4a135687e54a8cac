// Package gateway is the door for applications: an OpenAI-compatible API whose requests are signed for an
// application that delegated to this gateway, sent to a supplier of the application's session, and whose answers
// are verified before they are handed on.
//
//	openai.go  →  route.go       →  pick.go   →  relay.go
//	HTTP, JSON    application,      supplier     sign, send, verify
//	              session
//
// websocket.go does the same to each message of a WebSocket, with one supplier for as long as its session lasts.
//
// height.go follows the chain. The gateway is not on the supplier's bus: it may belong to somebody else.
package gateway
