package claims_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/chain/chaintest"
	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/pocket/difficulty"
	"github.com/lodeworks/lode/services/pocket/smst"
	"github.com/lodeworks/lode/tools/claims"
)

// A claim expired for want of a proof, and its relays have left the log: relays and tree path are in the dossier all the
// same. Without one of the relays it says why there is no path.
func TestDossierOfALostClaim(t *testing.T) {
	for name, missing := range map[string]int{"whole": 0, "a relay short": 1} {
		t.Run(name, func(t *testing.T) {
			b := bustest.Start(t, "topology")
			say := func(subject string, body proto.Message) {
				_, _, err := b.Publish(t.Context(), bus.Message{Subject: subject, Body: body})
				require.NoError(t, err)
			}
			of := terms("pokt1lost")
			of.TargetHash = difficulty.Base[:]
			var leaves []smst.Leaf
			group := &relayv1.ServedGroup{Relayer: "one", Terms: []*relayv1.Terms{of}}
			for i := range 6 {
				relay := fmt.Appendf(nil, "relay %d", i)
				leaves = append(leaves, smst.NewLeaf(sha256.Sum256(relay), relay, of.ComputeUnitsPerRelay))
				if i >= missing {
					group.Relays = append(group.Relays, &relayv1.Served{Number: uint64(i), Relay: relay})
				}
			}
			root := smst.NewTree(leaves).Root()
			say(bus.SessionSealedSubject("pokt1lost", session), &sessionv1.Sealed{Terms: of, Mined: 6, Root: root[:], LogSequence: 40})
			late := &relayv1.ServedGroup{Relayer: "one", Terms: group.Terms, Relays: []*relayv1.Served{{Number: 9, Relay: []byte("late")}}}
			say(bus.RelayKeptSubject("pokt1lost", session), &relayv1.Kept{LogSequence: 40, Group: group})
			say(bus.RelayKeptSubject("pokt1lost", session), &relayv1.Kept{LogSequence: 41, Group: late})
			say(bus.RelayKeptSubject("pokt1lost", session), &relayv1.Kept{LogSequence: 40, Group: group}) // after a restart
			say(bus.ClaimEndedSubject("pokt1lost", session), &claimv1.Changed{Height: 20, Obligation: obligation("pokt1lost", func(o *claimv1.Obligation) {
				o.Terms, o.Mined, o.Root = of, 6, root[:]
				o.Phase, o.Outcome, o.Reason = claimv1.Phase_PHASE_ENDED, claimv1.Outcome_OUTCOME_EXPIRED, "PROOF_MISSING"
			})})
			node := chaintest.Start(t)
			node.SetHeight(25)
			client, err := chain.Dial(node.Config())
			require.NoError(t, err)
			all, err := claims.Stories(t.Context(), b, session, "")
			require.NoError(t, err)
			require.Len(t, all, 1)
			d, err := claims.Collect(t.Context(), b, client, all[0])
			require.NoError(t, err)
			require.Len(t, d.Relays, len(group.Relays)+1)
			if missing > 0 {
				require.Empty(t, d.Proof)
				require.Contains(t, d.ProofFault, "5 of 6 mined, have another root")
				return
			}
			require.Empty(t, d.ProofFault)
			proof, err := smst.DecodeProof(d.Proof)
			require.NoError(t, err)
			require.NoError(t, proof.Verify(root))
			require.Equal(t, claim.ProofPath(chaintest.BlockHash(15), session), smst.Path(proof.Path))
		})
	}
}
