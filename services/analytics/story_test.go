package analytics_test

import (
	"fmt"
	"testing"

	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
	"github.com/stretchr/testify/require"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/analytics/ledger"
)

// claimed is the chain's event for a claim of n relays.
func (s *session) claimed(n uint64) *prooftypes.EventClaimCreated {
	return &prooftypes.EventClaimCreated{
		NumRelays: n, NumClaimedComputeUnits: n * unitsPerRelay, NumEstimatedComputeUnits: n * unitsPerRelay, NumEstimatedRelays: n,
		ClaimedUpokt: coin(n * unitsPerRelay * upokt), ServiceId: s.terms.Service, ApplicationAddress: s.terms.Application,
		SessionEndBlockHeight: s.terms.EndHeight, SupplierOperatorAddress: s.terms.Supplier,
	}
}

// paid is the chain's event for its settlement: over upokt are capped, 79 % of the rest is the supplier's side.
func (s *session) paid(n, over uint64) *tokenomicstypes.EventClaimSettled {
	claimed := n * unitsPerRelay * upokt
	settled := claimed - over
	earned := settled * 79 / 100
	return &tokenomicstypes.EventClaimSettled{
		NumRelays: n, NumClaimedComputeUnits: n * unitsPerRelay, NumEstimatedComputeUnits: n * unitsPerRelay, NumEstimatedRelays: n,
		ClaimedUpokt: coin(claimed), SettledUpokt: coin(settled), MintedUpokt: coin(settled), OverservicingLossUpokt: coin(over),
		DeflationLossUpokt: coin(0), MintRatio: "1", SessionId: s.terms.SessionId, SupplierOwnerAddress: "pokt1owner",
		ServiceId: s.terms.Service, ApplicationAddress: s.terms.Application, SessionEndBlockHeight: s.terms.EndHeight,
		SupplierOperatorAddress: s.terms.Supplier,
		RewardDistributionDetailed: []tokenomicstypes.RewardDistributionDetail{
			{RecipientAddress: "pokt1owner", OpReason: 4, Amount: coin(earned - 5)},
			{RecipientAddress: "pokt1owner", OpReason: 7, Amount: coin(5)},
			{RecipientAddress: "pokt1dao", OpReason: 15, Amount: coin(settled - earned)},
		},
	}
}

func (s *session) expired(n uint64) *tokenomicstypes.EventClaimExpired {
	return &tokenomicstypes.EventClaimExpired{
		ExpirationReason: tokenomicstypes.ClaimExpirationReason_PROOF_MISSING, NumRelays: n, NumClaimedComputeUnits: n * unitsPerRelay,
		ClaimedUpokt: coin(n * unitsPerRelay * upokt), ServiceId: s.terms.Service, ApplicationAddress: s.terms.Application,
		SessionEndBlockHeight: s.terms.EndHeight, SupplierOperatorAddress: s.terms.Supplier,
	}
}

func coin(n uint64) string { return fmt.Sprintf("%dupokt", n) }

// tell plays the whole story: one session for each thing that can become of relays. Height 32 is the last block.
func tell(w *world) map[string]*session {
	all := map[string]*session{}
	for _, name := range []string{"whole", "late", "lost", "again", "two relayers", "expired", "discarded", "capped", "missed", "filtered", "updated", "refused"} {
		all[name] = w.session(name, 20)
	}
	all["open"] = w.session("open", 40)
	for _, s := range all {
		m, f := func(n int) []byte { return s.relay(n, true) }, func(n int) []byte { return s.relay(n, false) }
		switch s {
		case all["refused"]:
			s.refused("r1", 1, "overload", "signature")
			s.refused("r1", 2, "signature")
			s.refused("r2", 1, "signature")
			continue
		case all["filtered"]:
			s.sealed(s.served("r1", 1, f(1), f(2), f(3)), 0, 3, 0)
			s.obliged(0, claimv1.Outcome_OUTCOME_EMPTY, "")
			continue
		case all["open"]:
			s.served("r1", 1, m(1), f(1))
			continue
		case all["lost"]:
			s.served("r1", 1, m(1), m(2))
			s.sealed(s.served("r1", 4, m(4), f(5), m(1)), 3, 1, 1) // number 3 is not in the log
		case all["late"]:
			s.refused("r1", 3, "expired")
			s.sealed(s.served("r1", 1, m(1), m(2), m(3), f(1), m(1)), 3, 1, 1)
			s.served("r1", 6, m(6), m(1))
		case all["again"]:
			s.served("r1", 1, m(1), m(2), m(3), f(1), m(1))
			s.sealed(s.served("r1", 1, m(1), m(2), m(3), f(1), m(1)), 3, 2, 5)
		case all["two relayers"]:
			s.served("r1", 1, m(1), f(1))
			s.sealed(s.served("r2", 1, m(2), m(3), m(1)), 3, 1, 1)
		default:
			s.sealed(s.served("r1", 1, m(1), m(2), m(3), f(1), m(1)), 3, 1, 1)
		}
		s.obliged(3, claimv1.Outcome_OUTCOME_UNSPECIFIED, "")
	}
	for name, s := range all {
		switch name {
		case "filtered", "open", "missed", "refused":
		case "updated":
			w.happened(22, s.claimed(2))
			updated := prooftypes.EventClaimUpdated(*s.claimed(3))
			w.happened(23, &updated)
		default:
			w.happened(22, s.claimed(3))
		}
	}
	all["missed"].obliged(3, claimv1.Outcome_OUTCOME_CLAIM_MISSED, "node was away")
	for name, s := range all {
		switch name {
		case "filtered", "open", "missed", "refused":
		case "expired":
			w.happened(30, s.expired(3))
			s.obliged(3, claimv1.Outcome_OUTCOME_EXPIRED, "PROOF_MISSING")
		case "discarded":
			w.happened(30, &tokenomicstypes.EventClaimDiscarded{Error: "supplier not found", ServiceId: s.terms.Service,
				ApplicationAddress: s.terms.Application, SessionEndBlockHeight: 20, SupplierOperatorAddress: s.terms.Supplier})
		case "capped":
			w.happened(30, s.paid(3, 600))
		default:
			w.happened(30, s.paid(3, 0))
			s.obliged(3, claimv1.Outcome_OUTCOME_SETTLED, "")
		}
	}
	w.block(31)
	w.block(32)
	return all
}

// want is what the ledger must say of a session: counts in the order served, logged, mined, filtered, duplicate, late,
// claimed, settled.
type want struct {
	counts   [8]uint64
	state    ledger.State
	balanced bool
	whole    bool
	causes   []ledger.Cause
	earned   uint64
}

const share = 3 * unitsPerRelay * upokt * 79 / 100 // the supplier's side of three relays

var ledgerWant = map[string]want{
	"whole":        {[8]uint64{5, 5, 3, 1, 1, 0, 3, 3}, ledger.Settled, true, true, nil, share},
	"late":         {[8]uint64{7, 7, 3, 1, 1, 2, 3, 3}, ledger.Settled, true, false, []ledger.Cause{ledger.CauseLate}, share},
	"lost":         {[8]uint64{6, 5, 3, 1, 1, 0, 3, 3}, ledger.Settled, false, false, []ledger.Cause{ledger.CauseLostFromLog}, share},
	"again":        {[8]uint64{5, 10, 3, 2, 5, 0, 3, 3}, ledger.Settled, true, true, []ledger.Cause{ledger.CauseLoggedAgain}, share},
	"two relayers": {[8]uint64{5, 5, 3, 1, 1, 0, 3, 3}, ledger.Settled, true, true, nil, share},
	"updated":      {[8]uint64{5, 5, 3, 1, 1, 0, 3, 3}, ledger.Settled, true, true, nil, share},
	"expired":      {[8]uint64{5, 5, 3, 1, 1, 0, 3, 0}, ledger.Expired, false, false, []ledger.Cause{ledger.CauseExpired}, 0},
	"discarded":    {[8]uint64{5, 5, 3, 1, 1, 0, 3, 0}, ledger.Discarded, false, false, []ledger.Cause{ledger.CauseDiscarded}, 0},
	"capped":       {[8]uint64{5, 5, 3, 1, 1, 0, 3, 3}, ledger.Settled, true, false, []ledger.Cause{ledger.CauseOverserviced}, (3*unitsPerRelay*upokt - 600) * 79 / 100},
	"missed":       {[8]uint64{5, 5, 3, 1, 1, 0, 0, 0}, ledger.Unclaimed, false, false, []ledger.Cause{ledger.CauseUnclaimed}, 0},
	"filtered":     {[8]uint64{3, 3, 0, 3, 0, 0, 0, 0}, ledger.Empty, true, true, nil, 0},
	"refused":      {[8]uint64{}, ledger.Empty, true, true, nil, 0},
	"open":         {[8]uint64{2, 2, 1, 1, 0, 0, 0, 0}, ledger.Open, false, false, []ledger.Cause{ledger.CauseOpen}, 0},
}

// refusedWant is what the ledger must say beside the equation: relays, compute units where the weight is known.
var refusedWant = map[string]string{
	"refused": "5 [{signature 4 0} {overload 1 0}]", "late": "1 [{expired 1 100}]",
	"whole": "0 []", "lost": "0 []", "again": "0 []", "two relayers": "0 []", "expired": "0 []", "discarded": "0 []", "capped": "0 []",
	"missed": "0 []", "filtered": "0 []", "updated": "0 []", "open": "0 []",
}

func (w *world) checkLedger(all map[string]*session) {
	w.t.Helper()
	lines, err := ledger.Query(w.t.Context(), w.conn, ledger.Filter{})
	require.NoError(w.t, err)
	require.Len(w.t, lines, len(all))
	require.Equal(w.t, all["open"].terms.SessionId, lines[0].Session, "newest session first")
	byID := map[string]ledger.Line{}
	for _, line := range lines {
		byID[line.Session] = line
	}
	for name, s := range all {
		line, want := byID[s.terms.SessionId], ledgerWant[name]
		require.Equal(w.t, want.counts, [8]uint64{line.Served, line.Logged, line.Mined, line.Filtered, line.Duplicate, line.Late,
			line.Claimed, line.Settled}, name)
		var causes []ledger.Cause
		for _, r := range line.Residues {
			causes = append(causes, r.Cause)
		}
		require.Equal(w.t, want.causes, causes, "%s: %v", name, texts(line))
		require.Equal(w.t, []any{want.state, want.balanced, want.whole}, []any{line.State, line.Balanced, line.Whole()}, name)
		require.Equal(w.t, fmt.Sprint(want.earned), line.EarnedUpokt.String(), name)
		require.Equal(w.t, s.terms.Application, line.Application)
		require.Equal(w.t, refusedWant[name], fmt.Sprint(line.Refused, line.Refusals), name)
	}
}

func texts(line ledger.Line) (list []string) {
	for _, r := range line.Residues {
		list = append(list, fmt.Sprintf("%s %s %d", r.Cause, r.Reason, r.Relays))
	}
	return list
}

func TestLedgerToTheUnitAlsoAfterReplay(t *testing.T) {
	w := newWorld(t)
	all := tell(w)
	w.rolled()
	w.checkLedger(all)
	for range 2 {
		w.replay()
		w.rolled()
		w.checkLedger(all)
	}
}
