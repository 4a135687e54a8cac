package chain

import (
	"context"
	"fmt"

	cmtbytes "github.com/cometbft/cometbft/libs/bytes"
	rpcclient "github.com/cometbft/cometbft/rpc/client"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	"google.golang.org/grpc"
)

// QueryError is the chain's refusal of a query.
type QueryError struct {
	Path string
	Code uint32 // of codespace sdk: 22 not found, 18 invalid argument, 26 height in the future
	Log  string
}

// codeNotFound is the sdk codespace's code for gRPC NotFound.
const codeNotFound = 22

func (e *QueryError) Error() string {
	return fmt.Sprintf("query %s: code %d: %s", e.Path, e.Code, e.Log)
}

// NotFound tells that what was asked for does not exist on chain.
func (e *QueryError) NotFound() bool { return e.Code == codeNotFound }

// wire is what the messages of Cosmos modules implement.
type wire interface {
	Marshal() ([]byte, error)
	Unmarshal([]byte) error
}

// Invoke answers a unary gRPC query by abci_query, from the latest state or that of At. It makes Client a
// grpc.ClientConnInterface for generated query clients.
func (c *Client) Invoke(ctx context.Context, method string, args, reply any, _ ...grpc.CallOption) error {
	in, ok := args.(wire)
	out, ok2 := reply.(wire)
	if !ok || !ok2 {
		return fmt.Errorf("query %s: %T and %T must be protobuf messages", method, args, reply)
	}
	data, err := in.Marshal()
	if err != nil {
		return fmt.Errorf("encode query %s: %w", method, err)
	}
	var res *coretypes.ResultABCIQuery
	err = c.do(ctx, func(n *node) (err error) {
		res, err = n.rpc.ABCIQueryWithOptions(ctx, method, cmtbytes.HexBytes(data), rpcclient.ABCIQueryOptions{Height: heightOf(ctx)})
		return
	})
	if err != nil {
		return fmt.Errorf("query %s: %w", method, err)
	}
	if res.Response.Code != 0 {
		return &QueryError{Path: method, Code: res.Response.Code, Log: res.Response.Log}
	}
	if err := out.Unmarshal(res.Response.Value); err != nil {
		return fmt.Errorf("decode answer of %s: %w", method, err)
	}
	return nil
}

// NewStream is not offered: abci_query has no streams.
func (c *Client) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, fmt.Errorf("streams are not available over abci_query")
}
