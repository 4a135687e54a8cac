package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lodeworks/lode/services/analytics/ledger"
)

// Whatever lines are summed by, nothing is lost or counted twice, and where every line balances so do the sums, in relays,
// in compute units and in upokt.
func TestSumsAreTheLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var lines []ledger.Line
		for i := range rapid.IntRange(0, 12).Draw(t, "lines") {
			f := drawFacts(t)
			f.Session, f.Supplier = fmt.Sprint("session", i), fmt.Sprint("s", i%3)
			if day := rapid.IntRange(0, 3).Draw(t, "day"); day > 0 {
				f.EndTime = time.Date(2026, 5, day, 23, 59, 59, 0, time.UTC)
			}
			lines = append(lines, ledger.Settle(f, rapid.Int64Range(0, 30).Draw(t, "height")))
		}
		whole := ledger.Sum(lines, ledger.By["all"])
		for name, by := range ledger.By {
			var parts ledger.Total
			for _, total := range ledger.Sum(lines, by) {
				parts = plus(parts, total)
				checkBalance(t, lines, total, by)
			}
			if len(lines) > 0 {
				parts.Key, parts.Leaks = "all", whole[0].Leaks
				require.Equal(t, shown(whole[0]), shown(parts), name)
			}
		}
	})
}

// checkBalance: the equations over sums, of totals all of whose lines balance.
func checkBalance(t *rapid.T, lines []ledger.Line, total ledger.Total, by func(ledger.Line) string) {
	leak := map[ledger.Cause]ledger.Leak{}
	for i, k := range total.Leaks {
		leak[k.Cause] = k
		if i > 0 {
			require.GreaterOrEqual(t, total.Leaks[i-1].Upokt.Big().Cmp(k.Upokt.Big()), 0, "the dearest first")
		}
	}
	n, residues := uint64(0), uint64(0)
	for _, l := range lines {
		if by(l) == total.Key {
			n++
			residues += uint64(len(l.Residues))
		}
	}
	require.Equal(t, n, total.Lines)
	for _, k := range total.Leaks {
		residues -= k.Lines
	}
	rest := total.Refused
	for _, r := range total.Refusals {
		rest -= r.Relays
	}
	require.Zero(t, rest, "every refused relay has its cause")
	require.Zero(t, residues, "every residue is in a leak")
	if total.Open > 0 || total.Unbalanced > 0 {
		return
	}
	for _, s := range []ledger.Stages{total.Relays, total.ComputeUnits} {
		require.Equal(t, s.Logged, s.Mined+s.Filtered+s.Duplicate+s.Late)
		require.Equal(t, s.Mined, s.Claimed)
		require.Equal(t, s.Claimed, s.Settled)
	}
	m := total.Upokt
	require.True(t, m.Claimed.Equal(m.Settled.Plus(m.Overservice)) && m.Settled.Equal(m.Minted.Plus(m.Deflation)), "%+v", m)
	require.Equal(t, total.Relays.Served+leak[ledger.CauseLoggedAgain].Relays, total.Relays.Logged)
}

func plus(a, b ledger.Total) ledger.Total {
	stages := func(a, b ledger.Stages) ledger.Stages {
		return ledger.Stages{Served: a.Served + b.Served, Logged: a.Logged + b.Logged, Mined: a.Mined + b.Mined, Filtered: a.Filtered + b.Filtered,
			Duplicate: a.Duplicate + b.Duplicate, Late: a.Late + b.Late, Claimed: a.Claimed + b.Claimed, Settled: a.Settled + b.Settled}
	}
	a.Lines, a.Open, a.Unbalanced = a.Lines+b.Lines, a.Open+b.Open, a.Unbalanced+b.Unbalanced
	a.Refused += b.Refused
	a.Relays, a.ComputeUnits = stages(a.Relays, b.Relays), stages(a.ComputeUnits, b.ComputeUnits)
	m := &a.Upokt
	m.Claimed, m.Settled, m.Minted = m.Claimed.Plus(b.Upokt.Claimed), m.Settled.Plus(b.Upokt.Settled), m.Minted.Plus(b.Upokt.Minted)
	m.Overservice, m.Deflation = m.Overservice.Plus(b.Upokt.Overservice), m.Deflation.Plus(b.Upokt.Deflation)
	m.Earned, m.Fee = m.Earned.Plus(b.Upokt.Earned), m.Fee.Plus(b.Upokt.Fee)
	return a
}

// shown is a total as text: amounts are compared as numbers.
func shown(total ledger.Total) string {
	return fmt.Sprintf("%s %d %d %d %d %+v %+v %s %s %s %s %s %s %s", total.Key, total.Lines, total.Open, total.Unbalanced, total.Refused, total.Relays, total.ComputeUnits,
		total.Upokt.Claimed, total.Upokt.Settled, total.Upokt.Minted, total.Upokt.Overservice, total.Upokt.Deflation, total.Upokt.Earned, total.Upokt.Fee)
}
