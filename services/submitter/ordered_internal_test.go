package submitter

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/chain"
)

// settles serves sessions of one supplier, in transactions of two messages each, to their settlement, and returns the
// numbers of the transactions in blocks, in order.
func (w *world) settles(s *running, list ...*sealed) (numbers []uint64) {
	w.t.Helper()
	w.until(s, w.chain.settlement())
	for _, z := range list {
		require.Equal(w.t, claimv1.Outcome_OUTCOME_SETTLED, w.ended(s, z).Outcome)
	}
	for _, in := range w.chain.included() {
		require.False(w.t, in.tx.body.Unordered)
		numbers = append(numbers, in.tx.auth.SignerInfos[0].Sequence)
	}
	return numbers
}

func (w *world) sessions(n int) (list []*sealed) {
	for i := range n {
		list = append(list, newSession(w.t, supplier(w.t, 0), fmt.Sprint("s", i), 3))
	}
	w.hash(list...)
	return list
}

func (r *running) mismatched() int { return int(testutil.ToFloat64(r.metrics.mismatches)) }

// Where the chain takes no unordered transactions they become ordered by themselves: in the same step, one behind the
// other, without a wrong number.
func TestOrderedWhereUnorderedAreNotTaken(t *testing.T) {
	w := newWorld(t, always)
	w.chain.ordered, w.cfg.BatchSize = true, 2
	s := w.start()
	all := w.sessions(5)
	w.seal(all...)
	s.owesAll(all...)
	w.until(s, claimOpen+1)
	require.Len(t, w.chain.included(), 3)
	require.Equal(t, []uint64{0, 1, 2, 3, 4, 5}, w.settles(s, all...))
	require.Zero(t, s.mismatched())
	require.True(t, s.ordered.only.Load())
	require.Zero(t, w.chain.failed)
}

// A chain that takes unordered transactions is not sent others, and one that must have them is not asked for others.
func TestModesAreKept(t *testing.T) {
	w := newWorld(t, never)
	w.cfg.TxMode = modeUnordered
	w.chain.ordered = true
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 3)
	w.seal(z)
	s.owes(z, claimv1.Phase_PHASE_SEALED)
	w.until(s, claimOpen)
	eventually(t, func() bool { return s.book.get(keyOf(z.terms)).Reason != "" }, "refused")
	require.Contains(t, s.book.get(keyOf(z.terms)).Reason, "feature not supported")

	w = newWorld(t, always)
	w.cfg.TxMode = modeSequence
	s = w.start()
	all := w.sessions(1)
	w.seal(all...)
	s.owesAll(all...)
	require.Equal(t, []uint64{0, 1}, w.settles(s, all...))
}

// Numbers that are wrong are put right at once, never a block later: after transactions of somebody else with the same
// key, after lost ones, and behind those that wait since before a restart.
func TestWrongNumbersAreMendedAtOnce(t *testing.T) {
	begin := func(t *testing.T) (w *world, s *running, all []*sealed, later *sealed) {
		w = newWorld(t, always)
		w.cfg.TxMode = modeSequence
		s = w.start()
		all = w.sessions(3)
		all, later = all[:2], all[2]
		w.seal(all...)
		s.owesAll(all...)
		return w, s, all, later
	}
	t.Run("somebody else's", func(t *testing.T) {
		w, s, all, _ := begin(t)
		w.until(s, claimOpen+1)
		w.chain.mu.Lock()
		w.chain.numbers[supplier(t, 0)] += 5
		w.chain.mu.Unlock()
		require.Equal(t, []uint64{0, 6}, w.settles(s, all...))
		require.Equal(t, 1, s.mismatched())
	})
	t.Run("lost", func(t *testing.T) {
		w, s, all, _ := begin(t)
		w.until(s, claimOpen-1)
		w.dropping(1)
		require.Equal(t, []uint64{0, 1}, w.settles(s, all...))
		require.Equal(t, 1, s.mismatched())
		require.EqualValues(t, 2, w.ended(s, all[0]).ClaimAttempts)
	})
	t.Run("waiting", func(t *testing.T) {
		w, s, all, later := begin(t)
		w.until(s, claimOpen-1)
		s.serves(w.block())
		eventually(t, func() bool { return w.chain.waiting() == 1 }, "claims wait")
		s.kill()
		s = w.start()
		w.seal(later)
		eventually(t, func() bool { return w.chain.waiting() == 2 }, "claim behind those that wait")
		require.Equal(t, 1, s.mismatched())
		require.Equal(t, []uint64{0, 1, 2}, w.settles(s, append(all, later)...))
		require.Zero(t, w.chain.failed)
	})
}

// A node that finds fault with every number is no reason to cut batches, nor to stay in the step for long.
func TestNumbersThatAreAlwaysWrong(t *testing.T) {
	w := newWorld(t, never)
	w.cfg.TxMode = modeSequence
	w.chain.refuse = func() (uint32, string) {
		return 32, "account sequence mismatch, expected 7, got 7: incorrect account sequence"
	}
	s := w.start()
	all := w.sessions(2)
	w.seal(all...)
	s.owesAll(all...)
	w.until(s, claimOpen)
	for _, z := range all {
		eventually(t, func() bool { return s.book.get(keyOf(z.terms)).Reason != "" }, "refused")
		o := s.book.get(keyOf(z.terms))
		require.EqualValues(t, 1, o.ClaimAttempts)
		require.Zero(t, o.FeeUpokt)
		require.Len(t, o.Attempts, 1)
	}
	require.Equal(t, sendTries, s.mismatched())
}

func TestExpected(t *testing.T) {
	for text, want := range map[string]uint64{
		"account sequence mismatch, expected 12, got 9: incorrect account sequence": 12,
		"account sequence mismatch, expected 0, got 9":                              0,
		"account sequence mismatch, expected 99999999999999999999999, got 9":        0,
		"expected 3, got 4": 0,
		"account sequence mismatch, expected 9999999999999999999, got 9":                  9999999999999999999,
		"simulate: account sequence mismatch, expected 5, got 4: x with gas used: '3000'": 5,
	} {
		number, _ := expected(text)
		require.Equal(t, want, number, text)
	}
}

// What a node says is read within bounds, whatever it is.
func FuzzNodeText(f *testing.F) {
	f.Add("account sequence mismatch, expected 12, got 9: incorrect account sequence")
	f.Add(strings.Repeat("é\xff", 400))
	f.Fuzz(func(t *testing.T, text string) {
		if number, named := expected(text); named {
			require.Contains(t, text, fmt.Sprintf("%d,", number))
		}
		kept := cut(text)
		require.True(t, utf8.ValidString(kept))
		require.LessOrEqual(t, len(kept), keptText)
		o := obligation(claimv1.Phase_PHASE_SEALED, claimOpen, claimClose, proofOpen, proofClose)
		tried(o, round{}, transaction{answers: []chain.Answer{{Node: text, Codespace: text, Text: text}}}, nil)
		_, err := proto.Marshal(o)
		require.NoError(t, err)
	})
}
