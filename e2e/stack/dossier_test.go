package stack_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	suppliertypes "github.com/pokt-network/poktroll/x/supplier/types"
	"github.com/stretchr/testify/require"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/analytics/ledger"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/pocket/session"
	"github.com/lodeworks/lode/services/pocket/smst"
	"github.com/lodeworks/lode/tools/claims"
	"github.com/lodeworks/lode/tools/localnet"
)

// Two claims are lost: one is proven and its supplier unstakes, so that the chain discards it; of one the proof is missing,
// for the hasher stands still, and the supplier is slashed. Their relays leave the log. The dossier of each has relays, tree
// path, transactions, what nodes answered and the blocks that decided.
func TestDossiersOfLostClaims(t *testing.T) {
	w := startWorld(t, treasuryNet(t))
	leaving, slashed := w.net.Suppliers[0], w.net.Suppliers[1]
	one := w.nextSession(t, 1)
	w.serve(t, one, leaving, many)
	w.send(t, w.net.Owner, &suppliertypes.MsgUnstakeSupplier{Signer: w.net.Owner.Address, OperatorAddress: leaving.Address})
	w.settled(t, 1)

	two := w.nextSession(t, w.awaitHeight(t, 1))
	w.serve(t, two, slashed, many)
	windows := session.At(&w.net.Profile.Shared, two)
	w.phase(t, slashed, claimv1.Phase_PHASE_CLAIMED)
	require.NoError(t, w.stack.Pause("hasher"))
	t.Cleanup(func() { _ = w.stack.Resume("hasher") }) // or it could not be stopped
	w.awaitHeight(t, windows.ProofClose+1)
	require.NoError(t, w.stack.Resume("hasher"))
	lines := w.settled(t, 2)
	for _, l := range lines {
		subject := bus.RelayServedSubject("*", strconv.FormatInt(l.EndHeight, 10))
		await(t, "the purge", func(ctx context.Context) (bool, bool) {
			left, err := w.bus.Subjects(ctx, bus.StreamRelays, subject)
			return true, err == nil && len(left) == 0
		})
	}
	gone, expired := lines.find(t, leaving), lines.find(t, slashed)
	require.Equal(t, ledger.Discarded, gone.State, "%+v", gone)
	require.Equal(t, ledger.Expired, expired.State, "%+v", expired)
	first := w.dossier(t, gone)
	require.Len(t, first.Txs, 2, "claim and proof")
	second := w.dossier(t, expired)
	require.Len(t, second.Txs, 1, "the claim")
	require.Contains(t, string(second.Changes[len(second.Changes)-1]), "PROOF_MISSING")
}

// phase waits until a supplier's claim has come to a phase, as the submitter says.
func (w *world) phase(t *testing.T, s localnet.Supplier, phase claimv1.Phase) {
	t.Helper()
	await(t, phase.String(), func(ctx context.Context) (bool, bool) {
		list, err := claims.Stories(ctx, w.bus, "", s.Address)
		return true, err == nil && len(list) > 0 && list[len(list)-1].Now().Phase == phase
	})
}

// dossier reads what lode writes about a claim that was lost, and checks that it is evidence: the relays make the tree
// path, the path the root that was claimed, and the seed block the path.
func (w *world) dossier(t *testing.T, l ledger.Line) *claims.Dossier {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dossier.json")
	args := append([]string{"dossier", l.Session, "--chain", w.o.ChainURL(), "-o", file}, w.o.BusFlags()...)
	out, err := exec.Command(filepath.Join(w.o.Bin, "lode"), args...).CombinedOutput()
	require.NoError(t, err, string(out))
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	var all []*claims.Dossier
	require.NoError(t, json.Unmarshal(raw, &all))
	require.Len(t, all, 1)
	d := all[0]
	require.Empty(t, d.ProofFault)
	require.Len(t, d.Relays, many)
	proof, err := smst.DecodeProof(d.Proof)
	require.NoError(t, err)
	var ended struct {
		Obligation struct {
			Root     []byte            `json:"root"`
			Attempts []json.RawMessage `json:"attempts"`
		} `json:"obligation"`
	}
	require.NoError(t, json.Unmarshal(d.Changes[len(d.Changes)-1], &ended))
	require.NoError(t, proof.Verify(smst.Digest(ended.Obligation.Root)))
	require.NotEmpty(t, ended.Obligation.Attempts)
	require.Contains(t, string(ended.Obligation.Attempts[0]), "VERDICT_TAKEN")
	seeds := 0
	for _, b := range d.Blocks {
		require.Empty(t, b.Fault)
		if strings.Contains(b.What, "seed of sample and path") {
			seeds++
			hash, err := hex.DecodeString(b.Hash)
			require.NoError(t, err)
			require.Equal(t, claim.ProofPath(hash, d.Session), smst.Path(proof.Path))
		}
	}
	require.Equal(t, 1, seeds)
	require.Equal(t, l.ClaimTx, strings.ToUpper(d.Txs[0].Hash))
	require.Zero(t, d.Txs[0].Code)
	return d
}
