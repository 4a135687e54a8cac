package submitter

import (
	"errors"
	"fmt"
	"strings"
	"time"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/chain"
)

// What an obligation keeps of its attempts.
const (
	keptAttempts = 8
	keptAnswers  = 8   // of each
	keptText     = 300 // bytes of each text
)

// verdicts are the node's verdicts in our words.
var verdicts = map[chain.Verdict]claimv1.Verdict{
	chain.Taken: claimv1.Verdict_VERDICT_TAKEN, chain.Refused: claimv1.Verdict_VERDICT_REFUSED, chain.Unknown: claimv1.Verdict_VERDICT_UNKNOWN,
}

// tried notes an attempt and forgets the oldest beyond those kept.
func tried(o *claimv1.Obligation, r round, t transaction, fault error) {
	a := &claimv1.Attempt{Height: r.head.height, TimeUnixNano: time.Now().UnixNano(), Phase: o.Phase, Tx: t.hash}
	for _, answer := range t.answers[:min(len(t.answers), keptAnswers)] {
		a.Answers = append(a.Answers, &claimv1.Answer{
			Node: cut(answer.Node), Verdict: verdicts[answer.Verdict], Codespace: cut(answer.Codespace), Code: answer.Code, Text: cut(answer.Text),
		})
	}
	if fault != nil && len(t.answers) == 0 {
		a.Fault = cut(fault.Error())
	}
	o.Attempts = append(o.Attempts[max(0, len(o.Attempts)-keptAttempts+1):], a)
}

// cut shortens a text of somebody else's to what is kept of it, and makes it one that protobuf takes.
func cut(text string) string { return strings.ToValidUTF8(text[:min(len(text), keptText)], "") }

// verdict is what all answers to one transaction come to: nil when a node took it.
func verdict(answers []chain.Answer) error {
	var texts []error
	judged := false
	for _, a := range answers {
		if a.Verdict == chain.Taken {
			return nil
		}
		judged = judged || a.Verdict == chain.Refused
		texts = append(texts, errors.New(a.String()))
	}
	switch err := errors.Join(texts...); {
	case len(answers) == 0:
		return errors.New("no node could be asked to take it")
	case judged:
		return refused{fmt.Errorf("mempool refused: %w", err)}
	default:
		return fmt.Errorf("not known whether a node has it: %w", err)
	}
}

// spread says where a transaction goes: each attempt to the next node, and in the last third of the window to all.
func spread(r round, list []*sending) (s chain.Spread) {
	for _, l := range list {
		open, end := window(l.before)
		s.All = s.All || late(r.head.height, open, end)
		for _, a := range l.before.Attempts {
			for _, answer := range a.Answers {
				if a.Phase == l.before.Phase {
					s.Tried = append(s.Tried, answer.Node)
				}
			}
		}
	}
	return s
}

// window is that of what is sent in an obligation's phase.
func window(o *claimv1.Obligation) (open, end int64) {
	if o.Phase == claimv1.Phase_PHASE_SEALED {
		return o.Terms.ClaimOpenHeight, o.ClaimCloseHeight
	}
	return o.ProofOpenHeight, o.ProofCloseHeight
}

// late tells whether the last third of a window has begun.
func late(height, open, end int64) bool { return 3*(end-height) <= end-open }
