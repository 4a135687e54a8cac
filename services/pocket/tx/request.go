package tx

import (
	"errors"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"
)

// Request is what a transaction with one signer says.
type Request struct {
	Messages      []proto.Message // the chain's own types, one or more; the key must be each one's signer
	ChainID       string
	AccountNumber uint64 // of the signer; needed for unordered transactions too
	Sequence      uint64 // the account's next; 0 if Unordered

	Fee        sdk.Coins // ascending by denom; none is allowed
	FeeGranter string    // account that pays the fee, by an allowance that it granted the signer; empty: the signer
	GasLimit   uint64
	Memo       string // at most 256 characters

	TimeoutHeight uint64    // last block that may include it; 0 is no limit
	Timeout       time.Time // block time after which it is refused; zero is none
	Unordered     bool      // needs Timeout; Timeout must differ from the signer's other unordered ones
}

// maxMemo is the chain's limit on a memo.
const maxMemo = 256

// The faults that [Sign] finds in a request.
var (
	ErrNoMessages = errors.New("transaction without messages")
	ErrUnordered  = errors.New("unordered transaction needs sequence 0 and a timeout")
	ErrMemo       = errors.New("memo is too long")
)

func (r *Request) check() error {
	switch {
	case len(r.Messages) == 0:
		return ErrNoMessages
	case r.Unordered && (r.Sequence != 0 || r.Timeout.IsZero()):
		return ErrUnordered
	case len(r.Memo) > maxMemo:
		return ErrMemo
	}
	return nil
}
