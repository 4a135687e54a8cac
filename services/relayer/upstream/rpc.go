package upstream

import (
	"slices"
	"strconv"
	"strings"
)

// RPC is an RPC type by the name that the configuration uses.
type RPC string

// The RPC types. Stream has no number in the protocol: it is for requests that ask for a stream of events.
const (
	GRPC      RPC = "grpc"
	WebSocket RPC = "websocket"
	JSONRPC   RPC = "jsonrpc"
	REST      RPC = "rest"
	CometBFT  RPC = "cometbft"
	Stream    RPC = "stream"
)

// rpcNumbers has each protocol type (relay.md §1.6) at its number; 0 is none.
var rpcNumbers = []RPC{"", GRPC, WebSocket, JSONRPC, REST, CometBFT}

// ParseRPC reads the value of an Rpc-Type header: a number or a name. Anything else is none, and so gets the
// service's default.
func ParseRPC(s string) RPC {
	s = strings.ToLower(strings.TrimSpace(s))
	if n, err := strconv.Atoi(s); err == nil && n >= 0 && n < len(rpcNumbers) {
		return rpcNumbers[n]
	}
	if rpc := RPC(s); rpc.Valid() {
		return rpc
	}
	return ""
}

// Valid tells whether r is one of the six.
func (r RPC) Valid() bool { return r == Stream || r != "" && slices.Contains(rpcNumbers, r) }

// own tells whether calls of this type need backends of their own: an HTTP backend does not speak it.
func (r RPC) own() bool { return r == GRPC || r == WebSocket }
