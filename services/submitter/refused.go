package submitter

import (
	"errors"

	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"

	"github.com/lodeworks/lode/services/kit/chain"
)

// refused marks the error of a transaction that was judged and found wanting. Part of its messages may fare better
// alone.
type refused struct{ error }

func (r refused) Unwrap() error { return r.error }

// refusal marks err when it is a node's answer, and leaves it when there was none.
func refusal(err error) error {
	var query *chain.QueryError
	var rpc *rpctypes.RPCError
	if errors.As(err, &query) || errors.As(err, &rpc) {
		return refused{err}
	}
	return err
}
