package ledger_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/analytics/ledger"
)

// whole is a session in which nothing was lost: 15 served, 10 mined, 3 filtered, 2 duplicate; 100 units and 42 upokt a unit.
func whole() ledger.Facts {
	counts := ledger.Counts{Mined: 10, Filtered: 3, Duplicate: 2}
	claim := ledger.Claim{Relays: 10, ComputeUnits: 1000, Upokt: ledger.Upokt(42000)}
	return ledger.Facts{
		Key: ledger.Key{Session: "aa", Supplier: "pokt1s"}, Application: "pokt1a", Service: "llm",
		EndHeight: 10, ClaimOpenHeight: 12, UnitsPerRelay: 100,
		Log:        ledger.Log{Served: 15, Numbers: 15, Logged: 15, Counts: counts},
		Seal:       &ledger.Seal{Logged: 15, Counts: counts},
		Obligation: &ledger.Obligation{ClaimCloseHeight: 16, ProofCloseHeight: 20, ClaimedUpokt: ledger.Upokt(42000), FeeUpokt: ledger.Upokt(7)},
		Claim:      &claim,
		Settlement: &ledger.Settlement{Claim: claim, Height: 20, SettledUpokt: ledger.Upokt(42000), MintedUpokt: ledger.Upokt(42000), EarnedUpokt: ledger.Upokt(33180)},
	}
}

func unpaid(f *ledger.Facts) { f.Settlement = nil }

func upokt(n uint64) *ledger.Amount { a := ledger.Upokt(n); return &a }

func TestEveryResidueHasItsName(t *testing.T) {
	cases := []struct {
		name     string
		change   func(*ledger.Facts)
		height   int64
		state    ledger.State
		balanced bool
		whole    bool
		residues []ledger.Residue
	}{
		{"nothing lost", func(*ledger.Facts) {}, 20, ledger.Settled, true, true, nil},
		{"settled before the block is stored", func(*ledger.Facts) {}, 19, ledger.Settled, true, true, nil},
		{"a late relay", func(f *ledger.Facts) { f.Log.Served, f.Log.Numbers, f.Log.Logged, f.Log.Late = 16, 16, 16, 1 }, 20,
			ledger.Settled, true, false, []ledger.Residue{{Cause: ledger.CauseLate, Relays: 1, ComputeUnits: 100}}},
		{"a lost message", func(f *ledger.Facts) { f.Log.Served = 17 }, 20, ledger.Settled, false, false,
			[]ledger.Residue{{Cause: ledger.CauseLostFromLog, Reason: "numbers missing", Relays: 2, ComputeUnits: 200}}},
		{"a group stored twice", func(f *ledger.Facts) {
			f.Log.Logged, f.Log.Duplicate, f.Seal.Logged, f.Seal.Duplicate = 18, 5, 18, 5
		}, 20, ledger.Settled, true, true, []ledger.Residue{{Cause: ledger.CauseLoggedAgain, Relays: 3, ComputeUnits: 300}}},
		{"not yet sealed", func(f *ledger.Facts) { f.Seal, f.Obligation, f.Claim, f.Settlement = nil, nil, nil, nil }, 13, ledger.Open, false, false,
			[]ledger.Residue{{Cause: ledger.CauseOpen, Reason: "not yet sealed", Relays: 15, ComputeUnits: 1500, DueHeight: 12}}},
		{"never sealed", func(f *ledger.Facts) { f.Seal, f.Obligation, f.Claim, f.Settlement = nil, nil, nil, nil }, 14, ledger.Unsealed, false, false,
			[]ledger.Residue{{Cause: ledger.CauseUnsealed, Reason: "no tree was sealed", Relays: 15, ComputeUnits: 1500}}},
		{"seal and log disagree", func(f *ledger.Facts) { f.Log.Mined, f.Log.Duplicate = 11, 1 }, 20, ledger.Settled, false, false,
			[]ledger.Residue{{Cause: ledger.CauseSealDiffers, Reason: "sealed logged 15 mined 10 filtered 3 duplicate 2, in the log 15 11 3 1"}}},
		{"nothing mined", func(f *ledger.Facts) {
			f.Log.Counts = ledger.Counts{Filtered: 15}
			f.Seal.Counts = f.Log.Counts
			f.Claim, f.Settlement = nil, nil
			f.Obligation.Outcome = "empty"
		}, 20, ledger.Empty, true, true, nil},
		{"claim window open", func(f *ledger.Facts) { f.Claim = nil; unpaid(f) }, 16, ledger.Open, false, false,
			[]ledger.Residue{{Cause: ledger.CauseOpen, Reason: "no claim on chain", Relays: 10, ComputeUnits: 1000, Upokt: upokt(42000), DueHeight: 16}}},
		{"claim window closed", func(f *ledger.Facts) { f.Claim = nil; unpaid(f) }, 17, ledger.Unclaimed, false, false,
			[]ledger.Residue{{Cause: ledger.CauseUnclaimed, Reason: "no claim on chain", Relays: 10, ComputeUnits: 1000, Upokt: upokt(42000)}}},
		{"unprofitable", func(f *ledger.Facts) {
			f.Claim, f.Obligation.Outcome, f.Obligation.Reason = nil, "unprofitable", "costs 50000"
			unpaid(f)
		}, 13, ledger.Unclaimed, false, false,
			[]ledger.Residue{{Cause: ledger.CauseUnclaimed, Reason: "unprofitable: costs 50000", Relays: 10, ComputeUnits: 1000, Upokt: upokt(42000)}}},
		{"no submitter", func(f *ledger.Facts) { f.Claim, f.Obligation = nil, nil; unpaid(f) }, 14, ledger.Unclaimed, false, false,
			[]ledger.Residue{{Cause: ledger.CauseUnclaimed, Reason: "no claim was attempted", Relays: 10, ComputeUnits: 1000}}},
		{"another claim", func(f *ledger.Facts) {
			f.Claim = &ledger.Claim{Relays: 9, ComputeUnits: 900, Upokt: ledger.Upokt(37800)}
			unpaid(f)
		}, 17, ledger.Open, false, false, []ledger.Residue{
			{Cause: ledger.CauseClaimDiffers, Reason: "mined 10 relays, 1000 compute units", Relays: 1, ComputeUnits: 100},
			{Cause: ledger.CauseOpen, Reason: "not yet settled", Relays: 9, ComputeUnits: 900, Upokt: upokt(37800), DueHeight: 20}}},
		{"claimed", unpaid, 21, ledger.Open, false, false,
			[]ledger.Residue{{Cause: ledger.CauseOpen, Reason: "not yet settled", Relays: 10, ComputeUnits: 1000, Upokt: upokt(42000), DueHeight: 20}}},
		{"claimed and unseen", unpaid, 22, ledger.Unseen, false, false,
			[]ledger.Residue{{Cause: ledger.CauseUnseen, Relays: 10, ComputeUnits: 1000, Upokt: upokt(42000)}}},
		{"expired", func(f *ledger.Facts) {
			unpaid(f)
			f.Failure = &ledger.Failure{Claim: *f.Claim, Kind: "expired", Reason: "PROOF_MISSING", Height: 20}
		}, 20, ledger.Expired, false, false,
			[]ledger.Residue{{Cause: ledger.CauseExpired, Reason: "PROOF_MISSING", Relays: 10, ComputeUnits: 1000, Upokt: upokt(42000)}}},
		{"discarded", func(f *ledger.Facts) {
			unpaid(f)
			f.Failure = &ledger.Failure{Kind: "discarded", Reason: "supplier not found", Height: 20}
		}, 20, ledger.Discarded, false, false,
			[]ledger.Residue{{Cause: ledger.CauseDiscarded, Reason: "supplier not found", Relays: 10, ComputeUnits: 1000, Upokt: upokt(42000)}}},
		{"overserviced and deflated", func(f *ledger.Facts) {
			f.Settlement.SettledUpokt, f.Settlement.OverserviceUpokt = ledger.Upokt(40000), ledger.Upokt(2000)
			f.Settlement.MintedUpokt, f.Settlement.DeflationUpokt = ledger.Upokt(39000), ledger.Upokt(1000)
		}, 20, ledger.Settled, true, false,
			[]ledger.Residue{{Cause: ledger.CauseOverserviced, Upokt: upokt(2000)}, {Cause: ledger.CauseDeflation, Upokt: upokt(1000)}}},
		{"deflated", func(f *ledger.Facts) {
			f.Settlement.MintedUpokt, f.Settlement.DeflationUpokt = ledger.Upokt(41000), ledger.Upokt(1000)
		}, 20, ledger.Settled, true, true, []ledger.Residue{{Cause: ledger.CauseDeflation, Upokt: upokt(1000)}}},
		{"one upokt short", func(f *ledger.Facts) { f.Settlement.SettledUpokt = ledger.Upokt(41999) }, 20, ledger.Settled, false, false,
			[]ledger.Residue{{Cause: ledger.CauseSettlementDiffers, Reason: "settlement says 10 relays, 1000 compute units, 42000 upokt claimed", Upokt: upokt(1)}}},
		{"claim event before the index", func(f *ledger.Facts) { f.Claim = nil }, 20, ledger.Settled, true, true, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := whole()
			c.change(&f)
			line := ledger.Settle(f, c.height)
			require.Equal(t, c.state, line.State)
			if c.residues == nil {
				c.residues = []ledger.Residue{}
			}
			require.Equal(t, texts(c.residues), texts(line.Residues))
			require.Equal(t, c.balanced, line.Balanced)
			require.Equal(t, c.whole, line.Whole())
		})
	}
}
