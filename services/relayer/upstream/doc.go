// Package upstream calls the backends of a service: model servers, blockchain nodes.
//
// A [Pool] is all of one service's backends. For each RPC type it has a group of endpoints, of which one is chosen
// for a call:
//
//	pool.go  →  choose.go  →  request.go  →  do.go  →  response.go
//	RPC type    strategy,     URL, headers   retry,    open body under
//	            breaker,                     hedge     limits of time and size
//	            health
//
// A [Response] is open: its headers are here, its body may still come. So one call serves answers that are taken
// whole and streams. What the operator configured wins over what the client sent; a client can name neither host nor
// credentials, and no redirect is followed.
//
// Errors match one of [ErrRequest], [ErrDown], [ErrTimeout], [ErrTooLarge], [ErrFailed], or the context's own. Their
// text never names an address: it is shown to strangers.
package upstream
