package analytics

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func number(t *testing.T, text string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err, text)
	return n
}

// of are the relays of a claim in the log.
func (m *made) of(key claimKey) (list []*relayRow) {
	for _, r := range m.relays {
		if r.SessionID == fmt.Sprint(key) {
			list = append(list, r)
		}
	}
	return list
}

// Estimated and actual relays, claim by claim: a claim of which nothing is in the log is left out.
func TestEstimatesAgainstReference(t *testing.T) {
	onMade(t, func(m *made) {
		want, variance := tally{}, map[string]float64{}
		for _, s := range m.settlements {
			answered := uint64(len(m.of(s.claimKey)))
			if answered == 0 || s.NumRelays == 0 {
				continue
			}
			want.count(s.Service, "claims", 1)
			want.count(s.Service, "leaves", s.NumRelays)
			want.count(s.Service, "estimated_relays", s.EstimatedRelays)
			want.count(s.Service, "actual_relays", answered)
			want.add(s.Service, "error_relays", new(big.Int).Sub(new(big.Int).SetUint64(s.EstimatedRelays), new(big.Int).SetUint64(answered)))
			variance[s.Service] += float64(answered) * (float64(s.EstimatedRelays)/float64(s.NumRelays) - 1)
		}
		rows := m.ask("estimates")
		m.same(rows, byColumn("service"), want, "claims", "leaves", "estimated_relays", "actual_relays", "error_relays")
		for _, r := range rows {
			expected := math.Sqrt(variance[r["service"]])
			require.InEpsilon(m.t, expected, number(m.t, r["expected_error_relays"]), 1e-9)
			require.InDelta(m.t, number(m.t, r["error_relays"])/expected, number(m.t, r["sigmas"]), 1e-9)
		}
	})
}

// A claim's payments are divided by its leaves in the log, to the upokt, in the order of the gateways.
func TestGatewayEarningsAgainstReference(t *testing.T) {
	onMade(t, func(m *made) {
		want, total := tally{}, new(big.Int)
		for _, s := range m.settlements {
			earned, leaves := m.paid(s.claimKey, false), map[signedBy]int64{}
			total.Add(total, earned)
			whole := int64(0)
			for _, r := range m.of(s.claimKey) {
				if r.Mined {
					leaves[r.signedBy]++
					whole++
				}
			}
			if whole == 0 {
				want.count("", "claims", 1)
				want.add("", "earned_upokt", earned)
				want.add("", "settled_upokt", s.SettledUpokt)
				continue
			}
			before := int64(0)
			for _, by := range []signedBy{{}, {"g0", "claim"}, {"g0", "ring"}, {"g1", "claim"}} {
				if leaves[by] == 0 {
					continue
				}
				part := func(of *big.Int, n int64) *big.Int {
					return new(big.Int).Div(new(big.Int).Mul(of, big.NewInt(n)), big.NewInt(whole))
				}
				upto := before + leaves[by]
				want.count(by.Gateway, "claims", 1)
				want.count(by.Gateway, "relays", uint64(leaves[by]))
				want.add(by.Gateway, "earned_upokt", new(big.Int).Sub(part(earned, upto), part(earned, before)))
				want.add(by.Gateway, "settled_upokt", new(big.Int).Sub(part(s.SettledUpokt, upto), part(s.SettledUpokt, before)))
				before = upto
			}
		}
		rows := m.ask("gateway-earnings")
		m.same(rows, byColumn("gateway"), want, "claims", "relays", "earned_upokt", "settled_upokt")
		for _, r := range rows {
			n, ok := new(big.Int).SetString(r["earned_upokt"], 10)
			require.True(m.t, ok)
			total.Sub(total, n)
		}
		require.Zero(m.t, total.Sign(), "the parts are the whole")
	})
}

func TestRefusalsAgainstReference(t *testing.T) {
	onMade(t, func(m *made) {
		want := tally{}
		for _, r := range m.refused {
			want.count(r.Cause+" "+r.Supplier, "relays", r.Relays)
		}
		m.same(m.ask("refusals", "group_by", "cause,supplier"), func(r map[string]string) string { return r["cause"] + " " + r["supplier"] }, want, "relays")
	})
}

// The newest word about each session, and the blocks that are left of the window that is next.
func TestObligationsAgainstReference(t *testing.T) {
	onMade(t, func(m *made) {
		newest := map[string]*obligationRow{}
		for _, o := range m.obligations {
			newest[o.SessionID] = o
		}
		open := 0
		rows := m.ask("obligations", "show", "all")
		require.Len(m.t, rows, len(newest))
		require.True(m.t, slices.IsSortedFunc(rows, func(a, b map[string]string) int {
			return int(number(m.t, b["end_height"]) - number(m.t, a["end_height"]))
		}))
		for _, r := range rows {
			o := newest[r["session_id"]]
			due, left := int64(0), "null"
			switch o.Phase {
			case "sealed":
				due = o.ClaimCloseHeight
			case "claimed", "proven":
				due = o.ProofCloseHeight
			}
			if due > 0 {
				left = fmt.Sprint(due - lastHeight)
				open++
			}
			require.Equal(m.t, []string{o.Phase, o.Outcome, o.ClaimedUpokt.String(), o.FeeUpokt.String(), fmt.Sprint(due), left, fmt.Sprint(o.Height)},
				[]string{r["phase"], r["outcome"], r["claimed_upokt"], r["fee_upokt"], r["due_height"], r["blocks_left"], r["height"]})
		}
		require.Len(m.t, m.ask("obligations"), open)
	})
}

// Two to the 256th over the target, by big numbers.
func TestDifficultyAgainstReference(t *testing.T) {
	onMade(t, func(m *made) {
		rows := m.ask("difficulty")
		require.Len(m.t, rows, len(m.difficulties))
		for i, r := range rows {
			d := m.difficulties[len(m.difficulties)-1-i] // the newest first
			target, _ := new(big.Int).SetString(d.Target, 16)
			perLeaf, _ := new(big.Float).Quo(new(big.Float).SetInt(new(big.Int).Lsh(big.NewInt(1), 256)), new(big.Float).SetInt(target)).Float64()
			require.Equal(m.t, []string{d.Service, fmt.Sprint(d.Height), d.Target, d.PreviousTarget, fmt.Sprint(d.RelaysEMA)},
				[]string{r["service"], r["height"], r["target"], r["previous_target"], r["relays_ema"]})
			require.InEpsilon(m.t, perLeaf, number(m.t, r["relays_per_leaf"]), 1e-9)
		}
	})
}

// What changed and from when it counts, by the chain's own grid of sessions.
func TestParamsAgainstReference(t *testing.T) {
	for seed := range uint64(2) {
		m := newMade(t, seed+10)
		want, before := []string{}, map[string]string{}
		for _, r := range m.readings {
			want = append(want, fmt.Sprintf("%d %s state %s %s %d", r.Height, r.Name, before[r.Name], r.Value, r.Height))
			before[r.Name] = r.Value
		}
		updates := map[string]bool{}
		for i, u := range m.updates {
			updates[fmt.Sprintf("%d %s update  %s %d", u.Height, u.Name, u.Value, m.effective[i])] = true
			want = append(want, fmt.Sprintf("%d %s update  %s %d", u.Height, u.Name, u.Value, m.effective[i]))
		}
		require.NotEmpty(t, updates)
		have := []string{}
		for _, r := range m.ask("params") {
			have = append(have, fmt.Sprintf("%s %s %s %s %s %s", r["height"], r["name"], r["source"], r["previous"], r["value"], r["effective_height"]))
		}
		require.ElementsMatch(t, want, have)
	}
}

// Every word about an actor but readings, the newest first; a stake only where the event says it.
func TestStakesAgainstReference(t *testing.T) {
	onMade(t, func(m *made) {
		want := []string{}
		for _, a := range m.actors {
			stake := "null"
			if a.Known || a.What == "slashed" {
				stake = orNone(a.StakeUpokt)
			}
			if a.What != seen {
				want = append(want, fmt.Sprintf("%d %d %s %s %s %s", a.Height, a.EventIndex, a.Kind, a.Address, a.What, stake))
			}
		}
		rows, have := m.ask("stakes"), []string{}
		for _, r := range rows {
			have = append(have, r["height"]+" "+r["event_index"]+" "+r["kind"]+" "+r["address"]+" "+r["what"]+" "+r["stake_upokt"])
		}
		require.ElementsMatch(m.t, want, have)
		slashed := 0
		for _, a := range m.actors {
			if a.What == "slashed" {
				slashed++
			}
		}
		require.Len(m.t, m.ask("stakes", "what", "slashed"), slashed)
	})
}
