package submitter

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	errorsmod "cosmossdk.io/errors"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/lodeworks/lode/services/kit/chain"
)

// Kinds of transactions, as tx_mode names them.
const (
	modeAuto      = "auto"
	modeUnordered = "unordered"
	modeSequence  = "sequence"
)

// ordering has the next numbers of accounts whose transactions are ordered, as far as they are known. A supplier has
// one sender: whoever takes its step.
type ordering struct {
	only atomic.Bool // the chain takes no unordered transactions
	mu   sync.Mutex
	next map[string]uint64 // by address
}

func (q *ordering) get(address string) (next uint64, known bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	next, known = q.next[address]
	return next, known
}

func (q *ordering) set(address string, next uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.next == nil {
		q.next = map[string]uint64{}
	}
	q.next[address] = next
}

func (q *ordering) forget(address string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.next, address)
}

// sequence is the number for an account's next transaction: behind its last one that a node took, else what the chain has.
func (s *Submitter) sequence(ctx context.Context, address string) (uint64, error) {
	if next, known := s.ordered.get(address); known {
		return next, nil
	}
	account, err := s.facts.Account(ctx, address)
	if err != nil {
		return 0, err
	}
	s.ordered.set(address, account.Sequence)
	return account.Sequence, nil
}

// sendTries is how often a transaction is made anew at once because of its kind or its number.
const sendTries = 3

// misnumbered marks the error of a transaction that was refused for its number to the last: another cut fares no better.
type misnumbered struct{ error }

func (m misnumbered) Unwrap() error { return m.error }

// mend looks whether a transaction failed for its kind or its number, and tells whether another one may fare better.
func (s *Submitter) mend(ctx context.Context, supplier string, t transaction, err error) bool {
	switch {
	case err == nil:
		if t.ordered {
			s.ordered.set(supplier, t.sequence+1)
		}
		return false
	case !t.ordered && s.cfg.TxMode == modeAuto && says(t, err, sdkerrors.ErrNotSupported):
		if !s.ordered.only.Swap(true) {
			s.kit.Log.Warn("the chain takes no unordered transactions, they are ordered now", "err", err)
		}
		return true
	case t.ordered && says(t, err, sdkerrors.ErrWrongSequence):
		s.metrics.mismatches.Inc()
		return s.renumber(ctx, supplier, t.sequence, err)
	case t.ordered && len(t.answers) > 0 && !errors.As(err, new(refused)):
		s.ordered.forget(supplier) // nobody knows whether the number is used
	}
	return false
}

// renumber finds the number after one that was wrong: what the chain has now. When that is the same, then transactions
// wait in the node's mempool, and only its text has the number behind them.
func (s *Submitter) renumber(ctx context.Context, supplier string, wrong uint64, cause error) bool {
	s.ordered.forget(supplier)
	next, err := s.sequence(ctx, supplier)
	if err != nil {
		return false
	}
	if next != wrong {
		return true
	}
	next, named := expected(cause.Error())
	s.ordered.set(supplier, next)
	return named
}

// says tells whether the chain refused a transaction for a reason: by the code in a mempool's answer, and by the text in a
// simulation's, whose code is that of its query.
func says(t transaction, err error, reason *errorsmod.Error) bool {
	for _, a := range t.answers {
		if a.Verdict == chain.Refused && a.Codespace == reason.Codespace() && a.Code == reason.ABCICode() {
			return true
		}
	}
	var query *chain.QueryError
	return errors.As(err, &query) && strings.Contains(query.Log, reason.Error())
}

var mismatch = regexp.MustCompile(`account sequence mismatch, expected (\d{1,19}),`)

// expected is the number that a node names when it refuses another one.
func expected(text string) (number uint64, named bool) {
	found := mismatch.FindStringSubmatch(text)
	if found == nil {
		return 0, false
	}
	number, err := strconv.ParseUint(found[1], 10, 64)
	return number, err == nil
}
