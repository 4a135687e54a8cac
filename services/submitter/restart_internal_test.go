package submitter

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// Stopped at any height, before or after its step there, the submitter comes to the same end.
func TestKilledAtEveryHeight(t *testing.T) {
	for height := int64(endHeight + 1); height <= proofClose; height++ {
		for _, served := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d, served %v", height, served), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, always)
				s := w.start()
				z := newSession(t, supplier(t, 0), "a", 20)
				w.hash(z)
				w.seal(z)
				s.owes(z, claimv1.Phase_PHASE_SEALED)
				w.until(s, height-1)
				at := w.block()
				if served {
					s.serves(at)
				}
				s.kill()
				s = w.start()
				s.serves(at)
				w.until(s, proofClose)
				o := w.ended(s, z)
				require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, o.Outcome)
				require.Equal(t, "1234", o.SettledUpokt)
				require.Equal(t, []claimv1.Phase{
					claimv1.Phase_PHASE_SEALED, claimv1.Phase_PHASE_CLAIMED, claimv1.Phase_PHASE_PROOF_DUE, claimv1.Phase_PHASE_PROVEN,
				}, w.phases(z))
			})
		}
	}
}

// killInBroadcast stops the submitter when a node has taken a transaction of it, before it can note that.
func (w *world) killInBroadcast(s *running) (killed chan struct{}) {
	killed = make(chan struct{})
	w.chain.mu.Lock()
	defer w.chain.mu.Unlock()
	w.chain.receive = func([]byte) bool {
		s.stop()
		w.chain.mu.Lock()
		w.chain.receive = nil
		w.chain.mu.Unlock()
		close(killed)
		return true
	}
	return killed
}

// Stopped between the broadcast of its claim and the record of it, and back only when the window has closed.
func TestKilledBetweenClaimAndRecord(t *testing.T) {
	w := newWorld(t, always)
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	w.hash(z)
	w.seal(z)
	s.owes(z, claimv1.Phase_PHASE_SEALED)
	w.until(s, claimOpen-1)
	killed := w.killInBroadcast(s)
	w.block()
	<-killed
	require.ErrorIs(t, <-s.done, context.Canceled)
	for w.chain.node.Height() < claimClose {
		w.block()
	}
	require.Len(t, w.chain.included(), 1)
	s = w.start()
	require.EqualValues(t, 1, s.owes(z, claimv1.Phase_PHASE_PROOF_DUE).ClaimAttempts)
	w.until(s, proofClose)
	require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, w.ended(s, z).Outcome)
}

// A proof that is on chain already is not sent again.
func TestKilledBetweenProofAndRecord(t *testing.T) {
	w := newWorld(t, always)
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	w.hash(z)
	w.seal(z)
	s.owes(z, claimv1.Phase_PHASE_SEALED)
	w.until(s, seedHeight)
	s.owes(z, claimv1.Phase_PHASE_PROOF_DUE)
	killed := w.killInBroadcast(s)
	w.block()
	<-killed
	require.ErrorIs(t, <-s.done, context.Canceled)
	w.block()
	s = w.start()
	s.owes(z, claimv1.Phase_PHASE_PROVEN)
	w.until(s, proofClose)
	require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, w.ended(s, z).Outcome)
	require.Len(t, w.chain.included(), 2)
}

// Back long after settlement, with the events of all that time unread: what they say counts, not that the claim is
// gone from the chain's state.
func TestBackLongAfterSettlement(t *testing.T) {
	for _, awayFrom := range []int64{claimOpen, 24, seedHeight, 28} {
		t.Run(fmt.Sprint(awayFrom), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, never)
			s := w.start()
			z := newSession(t, supplier(t, 0), "a", 20)
			w.seal(z)
			s.owes(z, claimv1.Phase_PHASE_SEALED)
			w.until(s, awayFrom)
			s.kill()
			for w.chain.node.Height() < proofClose+unseenAfter+20 {
				w.block()
			}
			s = w.start()
			s.serves(w.chain.node.Height())
			require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, w.ended(s, z).Outcome)
		})
	}
}

// An ending that is stored stands, said or not: it is said once, and nothing later changes it.
func TestKilledWhileEnding(t *testing.T) {
	for name, said := range map[string]bool{"not said": false, "said": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, never)
			z := newSession(t, supplier(t, 0), "a", 20)
			o := obligation(claimv1.Phase_PHASE_ENDED, claimOpen, claimClose, proofOpen, proofClose)
			o.Terms, o.Outcome, o.SettledUpokt = z.terms, claimv1.Outcome_OUTCOME_SETTLED, "77"
			raw, err := proto.Marshal(o)
			require.NoError(t, err)
			bucket, err := w.bus.JS.KeyValue(t.Context(), bus.BucketObligations)
			require.NoError(t, err)
			_, err = bucket.Put(t.Context(), keyOf(z.terms), raw)
			require.NoError(t, err)
			if said {
				w.say(bus.ClaimEndedSubject(z.terms.Supplier, z.terms.SessionId), &claimv1.Changed{Obligation: o, Height: 19})
			}
			for w.chain.node.Height() < proofClose+unseenAfter+5 {
				w.block()
			}
			w.seal(z)
			s := w.start()
			ended := w.ended(s, z)
			require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, ended.Outcome)
			require.Equal(t, "77", ended.SettledUpokt)
		})
	}
}

// What is removed leaves nothing behind for ever: its marker expires.
func TestMarkersOfRemovedObligationsExpire(t *testing.T) {
	w := newWorld(t, always)
	w.next = func(s *Submitter) { s.book.markers = time.Second } // the least there is
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 0)
	w.seal(z)
	w.ended(s, z)
	stream, err := w.bus.JS.Stream(t.Context(), "KV_"+bus.BucketObligations)
	require.NoError(t, err)
	eventually(t, func() bool {
		info, err := stream.Info(t.Context())
		return err == nil && info.State.Msgs == 0 && info.State.LastSeq > 0
	}, "nothing is left")
}
