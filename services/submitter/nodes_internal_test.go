package submitter

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/chain/chaintest"
	"github.com/lodeworks/lode/services/pocket/tx"
)

// addNode adds a node of the same chain.
func (w *world) addNode() *chaintest.Node {
	n := chaintest.Start(w.t)
	w.chain.serve(n)
	w.cfg.Chain.Nodes = append(w.cfg.Chain.Nodes, n.URL())
	return n
}

func nodeName(n *chaintest.Node) string { return strings.TrimPrefix(n.URL(), "http://") }

// wentTo is where each attempt of an obligation went.
func wentTo(o *claimv1.Obligation) (list [][]string) {
	for _, a := range o.Attempts {
		var nodes []string
		for _, answer := range a.Answers {
			nodes = append(nodes, answer.Node)
		}
		list = append(list, nodes)
	}
	return list
}

// Nodes that take a claim and lose it: its bytes go from node to node, in the last third of the window to all, a new
// transaction is made in the middle of it, and the obligation tells of both.
func TestBytesGoFromNodeToNode(t *testing.T) {
	w := newWorld(t, never)
	w.chain.shared.ClaimWindowCloseOffsetBlocks = 12 // 22 to 34: attempts at 22 and 28, and to all from 30 on
	w.dropping(100)
	nodes := []*chaintest.Node{w.chain.node, w.addNode(), w.addNode()}
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	w.seal(z)
	s.owes(z, claimv1.Phase_PHASE_SEALED)
	w.until(s, 33)
	want := [][]string{{nodeName(nodes[0])}, {nodeName(nodes[1])}}
	o := s.owes(z, claimv1.Phase_PHASE_SEALED)
	require.EqualValues(t, 2, o.ClaimAttempts)
	require.Equal(t, want, wentTo(o))
	for i, attempt := range o.Attempts {
		require.EqualValues(t, 22+6*i, attempt.Height)
		require.Equal(t, claimv1.Phase_PHASE_SEALED, attempt.Phase)
		require.NotEmpty(t, attempt.Tx)
		require.Equal(t, claimv1.Verdict_VERDICT_TAKEN, attempt.Answers[0].Verdict)
	}
	eventually(t, func() bool { return nodes[2].Asked("broadcast_tx_sync") == 6 }, "the last turn")
	require.Equal(t, 7, nodes[0].Asked("broadcast_tx_sync"), "22, 25, 29 and from 30 to 33")
	require.Equal(t, 7, nodes[1].Asked("broadcast_tx_sync"), "23, 26, 28 and from 30 to 33")
	w.until(s, w.chain.settlement())
	lost := w.ended(s, z)
	require.Equal(t, want, wentTo(lost), "the story of a lost claim is kept")
	for _, attempt := range lost.Attempts {
		require.Equal(t, attempt.Tx, tx.Hash(attempt.Raw), "and what was sent for it")
	}
}

// A node that does not answer has perhaps taken the claim: that is no refusal, it costs what was offered, and the same
// bytes go elsewhere.
func TestNoAnswerIsNoRefusal(t *testing.T) {
	w := newWorld(t, never)
	first := w.chain.node
	second := w.addNode()
	first.SetBroadcastError("mempool is full: number of txs 5000 (max: 5000)")
	second.SetBroadcastError("mempool is full: number of txs 5000 (max: 5000)")
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	w.seal(z)
	s.owes(z, claimv1.Phase_PHASE_SEALED)
	w.until(s, claimOpen)
	eventually(t, func() bool { return s.book.get(keyOf(z.terms)).Reason != "" }, "attempt recorded")
	o := s.book.get(keyOf(z.terms))
	require.Contains(t, o.Reason, "not known whether a node has it")
	require.NotEmpty(t, o.ClaimTx)
	require.EqualValues(t, 2, o.FeeUpokt)
	require.Equal(t, [][]string{{nodeName(first), nodeName(second)}}, wentTo(o))
	require.Equal(t, claimv1.Verdict_VERDICT_UNKNOWN, o.Attempts[0].Answers[1].Verdict)
	second.SetBroadcastError("")
	w.until(s, w.chain.settlement())
	o = w.ended(s, z)
	require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, o.Outcome)
	require.Equal(t, [][]string{{nodeName(first), nodeName(second)}}, wentTo(o))
	require.EqualValues(t, 1, o.ClaimAttempts)
}

// What stops a transaction before its broadcast is told, too.
func TestRefusedAttemptIsTold(t *testing.T) {
	w := newWorld(t, never)
	w.chain.judge = func(string, string) error { return errors.New("session is not known") }
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	w.seal(z)
	s.owes(z, claimv1.Phase_PHASE_SEALED)
	w.until(s, claimOpen)
	eventually(t, func() bool { return len(s.book.get(keyOf(z.terms)).Attempts) == 1 }, "attempt recorded")
	a := s.book.get(keyOf(z.terms)).Attempts[0]
	require.Empty(t, a.Tx)
	require.Empty(t, a.Answers)
	require.Contains(t, a.Fault, "session is not known")
}

// What an obligation keeps is bounded, whatever nodes say and however often they are asked.
func TestAttemptsAreBounded(t *testing.T) {
	o := obligation(claimv1.Phase_PHASE_SEALED, claimOpen, claimClose, proofOpen, proofClose)
	said := chain.Answer{Node: "a", Verdict: chain.Refused, Codespace: strings.Repeat("c", 5000), Text: strings.Repeat("é", 5000)}
	for i := range 20 {
		tried(o, round{head: head{height: int64(i)}}, transaction{hash: "T", answers: []chain.Answer{said, said, said, said, said, said, said, said, said, said}}, nil)
		tried(o, round{head: head{height: int64(i)}}, transaction{}, errors.New(strings.Repeat("x", 5000)))
	}
	require.Len(t, o.Attempts, keptAttempts)
	require.EqualValues(t, 19, o.Attempts[keptAttempts-1].Height)
	require.Len(t, o.Attempts[0].Answers, keptAnswers)
	text := o.Attempts[0].Answers[0].Text
	require.True(t, utf8.ValidString(text))
	require.LessOrEqual(t, len(text), keptText)
	require.Len(t, o.Attempts[1].Fault, keptText)
	require.True(t, utf8.ValidString(cut("a\xff"+strings.Repeat("x", keptText-3)+"é")))
}

func TestVerdictOfAll(t *testing.T) {
	answer := func(v chain.Verdict) chain.Answer { return chain.Answer{Verdict: v} }
	require.NoError(t, verdict([]chain.Answer{answer(chain.Unknown), answer(chain.Refused), answer(chain.Taken)}))
	require.ErrorAs(t, verdict([]chain.Answer{answer(chain.Unknown), answer(chain.Refused)}), new(refused))
	for _, list := range [][]chain.Answer{nil, {answer(chain.Unknown)}} {
		err := verdict(list)
		require.Error(t, err)
		require.False(t, errors.As(err, new(refused)), "what nobody judged is not refused")
	}
}

func TestLate(t *testing.T) {
	var heights []int64
	for h := int64(22); h < 34; h++ {
		if late(h, 22, 34) {
			heights = append(heights, h)
		}
	}
	require.Equal(t, []int64{30, 31, 32, 33}, heights)
}
