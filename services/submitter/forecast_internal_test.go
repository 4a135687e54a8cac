package submitter

import (
	"fmt"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
)

// dueClaims are n claims with a window from 22 to 26.
func dueClaims(n int) (list []*claimv1.Obligation) {
	for i := range n {
		o := obligation(claimv1.Phase_PHASE_SEALED, claimOpen, claimClose, proofOpen, proofClose)
		o.Terms = &relayv1.Terms{Supplier: "s", SessionId: fmt.Sprint(i), ClaimOpenHeight: claimOpen}
		o.ClaimedUpokt = fmt.Sprint(i)
		list = append(list, o)
	}
	return list
}

func TestForecast(t *testing.T) {
	var p pace
	due := dueClaims(100)
	p.see(22, due)
	require.Zero(t, p.missing(due, 22), "nothing is known yet")
	p.see(23, due)
	require.Zero(t, p.missing(due, 23), "what is sent at 22 lands in 23")
	p.see(23, due[30:]) // seen in the state at 23
	p.see(24, due[30:])
	require.Equal(t, 10, p.missing(due[30:], 24), "two blocks of 30 are left for 70")
	p.see(24, due[60:])
	p.see(25, due[60:])
	require.Equal(t, 10, p.missing(due[60:], 25), "one block is left for 40")
	var still pace
	for height := int64(22); height < 25; height++ {
		still.see(height, due)
	}
	require.Equal(t, 100, still.missing(due, 24), "nothing lands")
	still.see(25, nil)
	require.Zero(t, still.missing(nil, 25))
}

// In ordinary times there is no alarm; what is due and at risk is said.
func TestForecastOfAWholeSession(t *testing.T) {
	w := newWorld(t, always)
	s := w.start()
	a, b := newSession(t, supplier(t, 0), "a", 20), newSession(t, supplier(t, 1), "b", 10)
	w.hash(a, b)
	w.seal(a, b)
	s.owesAll(a, b)
	for height := int64(endHeight + 1); height <= proofClose; height++ {
		w.until(s, height)
		require.Zero(t, testutil.ToFloat64(s.metrics.missing), "height %d", height)
		if height == claimOpen {
			require.EqualValues(t, 2, testutil.ToFloat64(s.metrics.due.WithLabelValues("PHASE_SEALED")))
			require.EqualValues(t, 5880+2940, testutil.ToFloat64(s.metrics.risk.WithLabelValues("PHASE_SEALED")))
			require.EqualValues(t, claimClose-claimOpen, testutil.ToFloat64(s.metrics.left.WithLabelValues("PHASE_SEALED")))
		}
	}
}

// When nothing lands the alarm comes while there is still something left of the window.
func TestForecastWhenNothingLands(t *testing.T) {
	w := newWorld(t, never)
	w.dropping(100)
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	w.seal(z)
	s.owesAll(z)
	w.until(s, claimClose-2)
	require.EqualValues(t, 1, testutil.ToFloat64(s.metrics.missing))
}

// Who has its last block goes first, then who has most to lose; what is not due comes last. Nothing is left out.
func TestByRisk(t *testing.T) {
	poor, rich, last, early := dueClaims(1)[0], dueClaims(10)[9], dueClaims(1)[0], dueClaims(1)[0]
	for name, o := range map[string]*claimv1.Obligation{"poor": poor, "rich": rich, "last": last, "early": early} {
		o.Terms.Supplier = name
	}
	last.ClaimCloseHeight, early.Terms.ClaimOpenHeight, early.ClaimedUpokt = 23, 30, "1000"
	early.ClaimCloseHeight = 40
	var order []string
	for _, list := range byRisk(map[string][]*claimv1.Obligation{"poor": {poor}, "rich": {rich}, "last": {last}, "early": {early}}, 22) {
		order = append(order, list[0].Terms.Supplier)
	}
	require.Equal(t, []string{"last", "rich", "poor", "early"}, order)
	rapid.Check(t, func(t *rapid.T) {
		all := map[string][]*claimv1.Obligation{}
		n := rapid.IntRange(0, 30).Draw(t, "n")
		for i, o := range dueClaims(n) {
			o.Terms.Supplier = fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "supplier"))
			o.ClaimedUpokt = fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "upokt"), i%3)
			all[o.Terms.Supplier] = append(all[o.Terms.Supplier], o)
		}
		seen := 0
		for _, list := range byRisk(all, 22) {
			for i, o := range list {
				seen++
				require.Equal(t, list[0].Terms.Supplier, o.Terms.Supplier)
				require.True(t, i == 0 || riskOf(list[i-1], 22).upokt >= riskOf(o, 22).upokt)
			}
		}
		require.Equal(t, n, seen)
	})
}
