package ledger_test

import (
	"encoding/json"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lodeworks/lode/services/analytics/ledger"
)

// texts are residues as JSON: amounts are compared as numbers.
func texts(residues []ledger.Residue) (list []string) {
	for _, r := range residues {
		raw, _ := json.Marshal(r)
		list = append(list, string(raw))
	}
	return list
}

// drawFacts are facts in which each source says what it likes.
func drawFacts(t *rapid.T) ledger.Facts {
	n := func(name string) uint64 { return rapid.Uint64Range(0, 4).Draw(t, name) }
	f := whole()
	f.Log.Counts = ledger.Counts{Mined: n("mined"), Filtered: n("filtered"), Duplicate: n("duplicate")}
	f.Log.Late = n("late")
	f.Log.Logged = f.Log.Sum() + f.Log.Late
	f.Log.Numbers = f.Log.Logged - min(n("again"), f.Log.Logged)
	f.Log.Served = f.Log.Numbers + n("lost")
	f.Seal = &ledger.Seal{Logged: f.Log.Sum(), Counts: f.Log.Counts}
	claim := ledger.Claim{Relays: f.Log.Mined, ComputeUnits: f.Log.Mined * f.UnitsPerRelay, Upokt: ledger.Upokt(n("upokt"))}
	f.Claim, f.Settlement = &claim, &ledger.Settlement{Claim: claim, SettledUpokt: claim.Upokt, MintedUpokt: claim.Upokt}
	for _, cause := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"overload", "signature", "replay"}), rapid.ID).Draw(t, "refused") {
		f.Refusals = append(f.Refusals, ledger.Refusal{Cause: cause, Relays: 1 + n("refused "+cause)})
	}
	switch rapid.IntRange(0, 7).Draw(t, "spoil") {
	case 0:
		f.Seal = nil
	case 1:
		f.Claim, f.Settlement = nil, nil
	case 2:
		f.Settlement = nil
	case 3:
		f.Seal.Mined += n("seal")
	case 4:
		f.Claim.Relays += n("claim")
	case 5:
		f.Settlement.Relays += n("settlement")
	case 6:
		f.Settlement.SettledUpokt = ledger.Upokt(n("settled"))
	}
	return f
}

// Balanced is exactly the equations: whatever the sources say, a line is balanced if and only if every sign of
// equality holds with the late, twice logged and capped amounts in their places.
func TestBalancedIsTheEquations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		line := ledger.Settle(f, rapid.Int64Range(0, 30).Draw(t, "height"))
		equal := f.Seal != nil && *f.Seal == (ledger.Seal{Logged: f.Log.Sum(), Counts: f.Log.Counts}) && f.Log.Served == f.Log.Numbers
		if equal && f.Claim == nil {
			equal = line.Mined == 0
		} else if equal {
			s := f.Settlement
			equal = s != nil && f.Claim.Relays == line.Mined && f.Claim.ComputeUnits == line.MinedUnits && s.Relays == line.Mined &&
				s.SettledUpokt.Plus(s.OverserviceUpokt).Equal(f.Claim.Upokt) && s.MintedUpokt.Plus(s.DeflationUpokt).Equal(s.SettledUpokt)
		}
		require.Equal(t, equal, line.Balanced, "%+v", line)
		if line.Whole() {
			require.True(t, line.Balanced)
			require.Equal(t, line.Mined, line.Settled)
		}
		for _, r := range line.Residues {
			require.True(t, r.Relays+r.ComputeUnits > 0 || r.Upokt != nil || r.Reason != "", "a residue says how much or why")
		}
	})
}

func TestAmountIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := ledger.AmountOf(new(big.Int).Lsh(new(big.Int).SetUint64(rapid.Uint64().Draw(t, "a")), uint(rapid.IntRange(0, 64).Draw(t, "shift"))))
		b := ledger.Upokt(rapid.Uint64().Draw(t, "b"))
		require.True(t, a.Plus(b).Minus(b).Equal(a))
		require.True(t, a.Minus(a).Zero())
		raw, err := json.Marshal(map[string]ledger.Amount{"x": a})
		require.NoError(t, err)
		require.Equal(t, `{"x":"`+a.Big().String()+`"}`, string(raw))
		var back map[string]ledger.Amount
		require.NoError(t, json.Unmarshal(raw, &back))
		require.True(t, back["x"].Equal(a))
	})
	require.Error(t, new(ledger.Amount).UnmarshalText([]byte("1.5")))
}
