package stack_test

import (
	"encoding/json"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cosmossdk.io/math"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	suppliertypes "github.com/pokt-network/poktroll/x/supplier/types"
	"github.com/stretchr/testify/require"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/analytics/ledger"
	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/pocket/session"
	"github.com/lodeworks/lode/tools/claims"
	"github.com/lodeworks/lode/tools/localnet"
)

// The markets of the scenarios, each a service with an application of its own, and how many suppliers each has.
const (
	sampled  = "sampled"  // claims below the proof threshold: the chain's sample decides
	poor     = "poor"     // its application cannot pay what is claimed
	repriced = "repriced" // its compute units change in mid session
	busy     = "busy"     // its difficulty changes
	left     = "left"     // a supplier unstakes in mid session
)

// scenarioMarkets are in the order in which the chain has them, with as many suppliers as each needs: sixteen samples of
// one half are all alike once in 32,768 times.
var scenarioMarkets = []market{{sampled, 17, 0}, {poor, 2, 1_100_000}, {repriced, 1, 0}, {busy, 1, 0}, {left, 2, 0}}

const (
	sessionBlocks = 20 // as on mainnet

	units     = 100 // compute units of a relay, at the start
	newUnits  = 250 // of service repriced, later
	perUnit   = 42  // upokt of a compute unit
	threshold = 50_000
	// targetRelays is how many relays of a session the chain wants to be mined.
	targetRelays = 25
)

// loads of the scenarios, in relays.
const (
	few        = 3   // worth less than the threshold
	many       = 20  // worth more
	tooMany    = 200 // worth more than the poor application has for a session
	crowd      = 90  // more than targetRelays
	afterwards = 7
)

// TestScenarios follows sessions of several kinds over one chain, from the relay log to settlement. Each is settled as
// the chain's formula says, to the unit.
func TestScenarios(t *testing.T) {
	w := startWorld(t, scenarioNet(t))
	one := w.nextSession(t, 1)
	for i, s := range w.net.SuppliersOf(sampled) {
		w.serve(t, one, s, pick(i == 0, many, few))
	}
	for _, s := range w.net.SuppliersOf(poor) {
		w.serve(t, one, s, tooMany)
	}
	w.serve(t, one, w.only(repriced), few)
	w.serve(t, one, w.only(busy), crowd)
	leaving, staying := w.net.SuppliersOf(left)[0], w.net.SuppliersOf(left)[1]
	w.serve(t, one, leaving, few)
	w.send(t, w.net.Source, &servicetypes.MsgAddService{OwnerAddress: w.net.Source.Address, Service: sharedtypes.Service{
		Id: repriced, Name: "Model", ComputeUnitsPerRelay: newUnits, OwnerAddress: w.net.Source.Address,
	}})
	w.send(t, w.net.Owner, &suppliertypes.MsgUnstakeSupplier{Signer: w.net.Owner.Address, OperatorAddress: leaving.Address})
	w.serve(t, one, w.only(repriced), many) // the session goes on at its start's price

	two := w.nextSession(t, one+1)
	w.serve(t, two, w.only(repriced), afterwards)
	w.serve(t, two, staying, afterwards)
	require.Nil(t, w.session(t, left, two).Supplier(leaving.Address), "a supplier that unstaked is in no later session")

	windows := session.At(&w.net.Profile.Shared, one+sessionBlocks-1)
	w.pause(t, "submitter", windows.ClaimOpen-1, windows.ClaimClose-1)
	w.pause(t, "submitter-2", windows.SeedHeight, windows.ProofClose-1)
	three := w.nextSession(t, windows.Settlement+1) // the difficulty changes when session one is settled
	w.serve(t, three, w.only(busy), crowd)
	lines := w.settled(t, 17+2+2+2+2)

	t.Run("proof by sample or threshold", func(t *testing.T) { w.checkSampled(t, lines) })
	t.Run("application out of stake", func(t *testing.T) { w.checkPoor(t, lines, one) })
	t.Run("compute units change in mid session", func(t *testing.T) {
		checkPaid(t, lines.of(w.only(repriced), one), few+many, units)
		checkPaid(t, lines.of(w.only(repriced), two), afterwards, newUnits)
	})
	t.Run("difficulty changes", func(t *testing.T) { w.checkBusy(t, lines, one, three) })
	t.Run("supplier unstakes in mid session", func(t *testing.T) {
		checkDiscarded(t, lines.of(leaving, one), few*units*perUnit)
		checkPaid(t, lines.of(staying, two), afterwards, units)
	})
	t.Run("a submitter is paused", func(t *testing.T) { w.checkPaused(t, one) })
	t.Run("lode claims and dossier", func(t *testing.T) { w.checkTool(t, lines.of(w.only(busy), three)) })
	t.Run("balances", func(t *testing.T) { w.checkBalances(t, lines) })
}

func pick(first bool, a, b int) int {
	if first {
		return a
	}
	return b
}

// checkPaid: every relay is mined, claimed and paid in full.
func checkPaid(t *testing.T, l ledger.Line, relays, unitsPerRelay uint64) {
	t.Helper()
	require.True(t, l.Whole(), "%+v", l)
	require.Equal(t, ledger.Settled, l.State)
	require.Equal(t, relays, l.Settled)
	require.Equal(t, relays*unitsPerRelay, l.SettledUnits)
	require.Equal(t, ledger.Upokt(relays*unitsPerRelay*perUnit).String(), l.SettledUpokt.String())
}

// checkDiscarded: claimed and proven in time, and the chain cannot settle it: a supplier that unstakes has no
// configuration of the service any more when its last session is settled. Nobody pays, and the ledger says why.
func checkDiscarded(t *testing.T, l ledger.Line, upokt uint64) {
	t.Helper()
	require.Equal(t, ledger.Discarded, l.State, "%+v", l)
	require.Equal(t, ledger.Upokt(upokt).String(), l.ClaimedUpokt.String())
	require.True(t, l.EarnedUpokt.Zero())
	require.Len(t, l.Residues, 1)
	require.Equal(t, ledger.CauseDiscarded, l.Residues[0].Cause)
	require.Equal(t, ledger.Upokt(upokt).String(), l.Residues[0].Upokt.String())
	require.Contains(t, l.Residues[0].Reason, "not found for supplier")
}

// checkSampled: claims below the threshold are proven when the chain's sample wants it, and only then; the one above
// it always. Nothing that was sent was refused.
func (w *world) checkSampled(t *testing.T, lines ledgerLines) {
	proven := w.proven(t)
	waived := 0
	for i, s := range w.net.SuppliersOf(sampled) {
		checkPaid(t, lines.find(t, s), uint64(pick(i == 0, many, few)), units)
		if !proven[s.Address] {
			waived++
		}
	}
	require.True(t, proven[w.net.SuppliersOf(sampled)[0].Address], "above the threshold")
	require.Positive(t, waived)
	require.Less(t, waived, len(w.net.SuppliersOf(sampled))-1, "some below the threshold are asked for theirs")
	require.Zero(t, w.refused(t), "the chain refuses a proof that it does not want")
}

// checkPoor: each supplier is paid its part of what the application has for a session, the rest has its name, and the
// application is out.
func (w *world) checkPoor(t *testing.T, lines ledgerLines, session int64) {
	m := w.market(poor)
	floor := math.NewInt(m.Stake).QuoRaw(sharedtypes.GetNumPendingSessions(&w.net.Profile.Shared)).QuoRaw(2)
	inflation := big.NewRat(1, 10)
	want := claim.MaxSettlement(floor, inflation)
	taken := math.ZeroInt()
	for _, s := range w.net.SuppliersOf(poor) {
		l := lines.of(s, session)
		claimed := math.NewInt(tooMany * units * perUnit)
		require.True(t, l.Balanced, "%+v", l)
		require.Equal(t, ledger.Settled, l.State)
		require.Equal(t, claimed.String(), l.ClaimedUpokt.String())
		require.Equal(t, want.String(), l.SettledUpokt.String())
		require.Equal(t, claimed.Sub(want).String(), l.OverserviceUpokt.String())
		taken = taken.Add(claim.StakeTerms(want, inflation))
	}
	require.False(t, w.isStaked(t, m.Application), "an application below the least stake leaves")
	require.Equal(t, taken.String(), math.NewInt(funds+m.Stake).Sub(w.balance(t, m.Application)).String())
}

// checkBusy: the first session is mined whole; in a later one the chain asks for fewer leaves, each of which stands for
// as many relays as its target says. The amount is the chain's own formula's.
func (w *world) checkBusy(t *testing.T, lines ledgerLines, one, three int64) {
	s := w.only(busy)
	checkPaid(t, lines.of(s, one), crowd, units)
	l, session := lines.of(s, three), w.session(t, busy, three)
	require.NotEqual(t, w.session(t, busy, one).Target, session.Target)
	require.True(t, l.Whole(), "%+v", l)
	require.Equal(t, uint64(crowd), l.Mined+l.Filtered)
	require.Positive(t, l.Filtered)
	onChain := prooftypes.Claim{SupplierOperatorAddress: s.Address, SessionHeader: session.Header, RootHash: rootOf(l.Mined, l.Mined*units)}
	want, err := onChain.GetClaimeduPOKT(*session.Start, servicetypes.RelayMiningDifficulty{
		ServiceId: busy, TargetHash: session.Target[:], NumRelaysEma: crowd,
	})
	require.NoError(t, err)
	require.Equal(t, want.Amount.String(), l.SettledUpokt.String())
	require.Greater(t, want.Amount.Int64(), int64(l.Mined*units*perUnit), "a leaf stands for several relays")
}

// checkPaused: while one submitter stood still the other claimed, and proved, for all suppliers. Back among them each
// that was paused finds nothing to send: the chain got every message once.
func (w *world) checkPaused(t *testing.T, start int64) {
	claimers, provers, over := map[string]bool{}, map[string]bool{}, 0
	for supplier, trail := range w.trails(t, start+sessionBlocks-1) {
		claimers[trail.owner[claimv1.Phase_PHASE_CLAIMED]] = true
		if by, proven := trail.owner[claimv1.Phase_PHASE_PROVEN]; proven {
			provers[by] = true
		}
		if trail.owner[claimv1.Phase_PHASE_SEALED] != trail.owner[claimv1.Phase_PHASE_CLAIMED] {
			over++
		}
		require.EqualValues(t, 1, trail.last.ClaimAttempts, supplier)
		require.LessOrEqual(t, trail.last.ProofAttempts, uint32(1), supplier)
	}
	require.Len(t, claimers, 1, "all claims are of the one that was awake")
	require.Len(t, provers, 1)
	require.NotEqual(t, claimers, provers, "proofs of the other")
	require.Positive(t, over, "of some suppliers the one that was paused had been the owner")
}

// checkTool: what lode says about one claim is what became of it.
func (w *world) checkTool(t *testing.T, l ledger.Line) {
	run := func(args ...string) string {
		out, err := exec.Command(filepath.Join(w.o.Bin, "lode"), append(args, w.o.BusFlags()...)...).CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	require.Equal(t, 26, strings.Count(run("claims", "list"), "\n"), "a head, and a line for each claim")
	require.Contains(t, run("claims", "show", l.Session, "--supplier", l.Supplier), l.ClaimTx)
	why := run("claims", "why", l.Session)
	require.Contains(t, why, "the chain wants a proof: THRESHOLD")
	require.Contains(t, why, "OUTCOME_SETTLED")

	file := filepath.Join(t.TempDir(), "dossier.json")
	run("dossier", l.Session, "--chain", w.o.ChainURL(), "-o", file)
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	var all []claims.Dossier
	require.NoError(t, json.Unmarshal(raw, &all))
	require.Len(t, all, 1)
	d := all[0]
	require.NotEmpty(t, d.Sealed)
	require.NotEmpty(t, d.Proof)
	var hashes []string
	for _, tx := range d.Txs {
		require.Zero(t, tx.Code, tx.Log)
		hashes = append(hashes, strings.ToUpper(tx.Hash))
	}
	require.Contains(t, hashes, l.ClaimTx)
	require.Contains(t, hashes, l.ProofTx)
	for _, b := range d.Blocks {
		require.Empty(t, b.Fault)
		require.Len(t, b.Hash, 64)
	}
	t.Logf("%d relays, %d transactions, %d blocks", len(d.Relays), len(d.Txs), len(d.Blocks))
}

// checkBalances: what the ledger says was earned, less the fees it says were paid, is what every supplier has.
func (w *world) checkBalances(t *testing.T, lines ledgerLines) {
	for _, s := range w.net.Suppliers {
		require.NoError(t, supplierEarned(t.Context(), w.node, s.Address, lines))
	}
}

// only is the only supplier of a service.
func (w *world) only(service string) localnet.Supplier { return w.net.SuppliersOf(service)[0] }

// session is what a market's session at a height pays.
func (w *world) session(t *testing.T, service string, height int64) *facts.Session {
	t.Helper()
	s, err := w.facts.Session(t.Context(), w.market(service).Application.Address, service, height)
	require.NoError(t, err)
	return s
}
