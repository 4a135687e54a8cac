package treasury_test

import (
	"fmt"
	"testing"
	"time"

	"cosmossdk.io/math"
	"cosmossdk.io/x/feegrant"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
	"github.com/lodeworks/lode/services/submitter/treasury"
)

// planned is the slow, obvious twin of Plan: it looks for the poorest again and again.
func planned(accounts []treasury.Account, p treasury.Policy, budget math.Int) map[string]string {
	out := map[string]string{}
	for len(out) < p.Most {
		var poorest *treasury.Account
		for i, a := range accounts {
			if _, done := out[a.Address]; done {
				continue
			}
			if poorest == nil || a.Balance.LT(poorest.Balance) || a.Balance.Equal(poorest.Balance) && a.Address < poorest.Address {
				poorest = &accounts[i]
			}
		}
		if poorest == nil || poorest.Balance.GTE(p.Below) || p.To.Sub(poorest.Balance).GT(budget) {
			return out
		}
		gap := p.To.Sub(poorest.Balance)
		out[poorest.Address] = gap.String()
		budget = budget.Sub(gap)
	}
	return out
}

func TestPlanLikeItsTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(0, 40)
		p := treasury.Policy{Below: math.NewInt(amount.Draw(t, "below")), Most: rapid.IntRange(0, 6).Draw(t, "most")}
		p.To = p.Below.AddRaw(amount.Draw(t, "more"))
		var accounts []treasury.Account
		for i := range rapid.IntRange(0, 8).Draw(t, "accounts") {
			accounts = append(accounts, treasury.Account{Address: fmt.Sprint(i), Balance: math.NewInt(amount.Draw(t, "balance"))})
		}
		budget := math.NewInt(rapid.Int64Range(-20, 200).Draw(t, "budget"))
		list := treasury.Plan(accounts, p, budget)
		got := map[string]string{}
		for _, transfer := range list {
			require.True(t, transfer.Upokt.IsPositive())
			got[transfer.Address] = transfer.Upokt.String()
		}
		require.Len(t, got, len(list))
		require.Equal(t, planned(accounts, p, budget), got)
		require.True(t, len(list) == 0 || treasury.Sum(list).LTE(budget))
	})
}

func TestJudge(t *testing.T) {
	needs := treasury.Needs{Balance: math.NewInt(10), MinStake: math.NewInt(100), Penalty: math.NewInt(5)}
	for name, c := range map[string]struct {
		account treasury.Account
		want    treasury.State
	}{
		"fine":    {treasury.Account{Balance: math.NewInt(10), Stake: math.NewInt(105)}, treasury.State{Stake: treasury.StakeFine}},
		"poor":    {treasury.Account{Balance: math.NewInt(9), Stake: math.NewInt(105)}, treasury.State{Poor: true, Stake: treasury.StakeFine}},
		"at risk": {treasury.Account{Balance: math.NewInt(10), Stake: math.NewInt(104)}, treasury.State{Stake: treasury.StakeAtRisk}},
		"too low": {treasury.Account{Balance: math.NewInt(10), Stake: math.NewInt(99)}, treasury.State{Stake: treasury.StakeTooLow}},
		"leaving": {treasury.Account{Balance: math.NewInt(10), Stake: math.NewInt(99), Leaving: true}, treasury.State{Stake: treasury.StakeLeaving}},
		"none":    {treasury.Account{Balance: math.NewInt(10)}, treasury.State{Stake: treasury.StakeNone}},
	} {
		require.Equal(t, c.want, treasury.Judge(c.account, needs), name)
	}
}

// Of two that have read the same page one pays. What was given counts for its day.
func TestLedger(t *testing.T) {
	b := bustest.Start(t, "topology")
	bucket, err := b.JS.KeyValue(t.Context(), bus.BucketTreasury)
	require.NoError(t, err)
	l := treasury.Ledger{Bucket: bucket, Account: "pokt1treasury"}
	read := func() treasury.Page {
		p, err := l.Read(t.Context())
		require.NoError(t, err)
		return p
	}
	given := func(p treasury.Page, day int64) string {
		n, err := p.ToppedUp(day)
		require.NoError(t, err)
		return n.String()
	}
	pay := func(p treasury.Page, day, upokt int64) error {
		return l.Pay(t.Context(), p, day, &claimv1.Payment{Raw: []byte("raw"), LastHeight: 9}, math.NewInt(upokt))
	}
	none := read()
	require.NoError(t, pay(none, 3, 5))
	require.ErrorIs(t, pay(none, 3, 5), treasury.ErrLost)
	first := read()
	require.Equal(t, "5", given(first, 3))
	require.EqualValues(t, 9, first.Payment.LastHeight)
	require.NoError(t, pay(first, 3, 7))
	require.ErrorIs(t, pay(first, 3, 7), treasury.ErrLost)
	require.Equal(t, "12", given(read(), 3))
	require.Equal(t, "0", given(read(), 4))
	require.NoError(t, pay(read(), 4, 1))
	require.Equal(t, "1", given(read(), 4))

	_, err = bucket.Put(t.Context(), l.Account, []byte{0xff})
	require.NoError(t, err)
	_, err = l.Read(t.Context())
	require.ErrorContains(t, err, "decode treasury")
	_, err = treasury.Page{Treasury: &claimv1.Treasury{Day: 1, ToppedUpUpokt: "-1"}}.ToppedUp(1)
	require.Error(t, err)
}

// An allowance is for claims and proofs alone, and for so much a day.
func TestGrant(t *testing.T) {
	now := time.Unix(1000, 0).UTC()
	m, err := treasury.Grant("pokt1a", "pokt1b", 77, now)
	require.NoError(t, err)
	grant := m.(*feegrant.MsgGrantAllowance)
	require.Equal(t, []string{"pokt1a", "pokt1b"}, []string{grant.Granter, grant.Grantee})
	allowed := new(feegrant.AllowedMsgAllowance)
	require.NoError(t, allowed.Unmarshal(grant.Allowance.Value))
	require.Equal(t, []string{"/pocket.proof.MsgCreateClaim", "/pocket.proof.MsgSubmitProof"}, allowed.AllowedMessages)
	period := new(feegrant.PeriodicAllowance)
	require.NoError(t, period.Unmarshal(allowed.Allowance.Value))
	require.Equal(t, "77upokt", period.PeriodSpendLimit.String())
	require.Equal(t, 24*time.Hour, period.Period)
	require.Equal(t, now.Add(24*time.Hour), period.PeriodReset)
}

func TestConfigNamesEveryFault(t *testing.T) {
	require.NoError(t, treasury.Default().Validate())
	c := treasury.Default()
	c.TopUpBelow = 1
	require.ErrorContains(t, c.Validate(), "treasury.account: needed")
	c = treasury.Config{Account: "nobody", TopUpBelow: 2, TopUpTo: 1, Feegrant: true, AlarmWindows: -1}
	err := c.Validate()
	for _, want := range []string{"treasury.account", "treasury.every", "treasury.top_up_to", "treasury.max_per_day", "treasury.feegrant_per_day", "treasury.alarm_windows", "treasury: keys"} {
		require.ErrorContains(t, err, want)
	}
}
