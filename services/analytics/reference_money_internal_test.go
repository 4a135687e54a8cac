package analytics

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// seeds of the random chains that every question is asked of.
var seeds = []uint64{1, 2, 3}

func onMade(t *testing.T, check func(*made)) {
	for _, seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { check(newMade(t, seed)) })
	}
}

func sumOf(want tally, key string, s *settlementRow) {
	want.count(key, "claims", 1)
	want.count(key, "relays", s.NumRelays)
	want.count(key, "estimated_relays", s.EstimatedRelays)
	want.count(key, "compute_units", s.ComputeUnits)
	want.add(key, "claimed_upokt", s.ClaimedUpokt)
	want.add(key, "settled_upokt", s.SettledUpokt)
	want.add(key, "minted_upokt", s.MintedUpokt)
	want.add(key, "overservicing_loss_upokt", s.OverservicingLossUpokt)
	want.add(key, "deflation_loss_upokt", s.DeflationLossUpokt)
}

// earned are the payments of a claim, the suppliers' side or all.
func (m *made) paid(key claimKey, all bool) *big.Int {
	sum := new(big.Int)
	for _, r := range m.shares {
		if r.claimKey == key && (all || r.OpReason == 4 || r.OpReason == 7) {
			sum.Add(sum, r.Upokt)
		}
	}
	return sum
}

func TestEarningsAgainstReference(t *testing.T) {
	onMade(t, func(m *made) {
		columns := []string{"claims", "relays", "estimated_relays", "compute_units", "claimed_upokt", "settled_upokt", "minted_upokt",
			"overservicing_loss_upokt", "deflation_loss_upokt", "earned_upokt", "paid_upokt"}
		for name, key := range map[string]func(*settlementRow) string{
			"supplier": func(s *settlementRow) string { return s.Supplier }, "owner": func(s *settlementRow) string { return s.Owner },
			"day": func(s *settlementRow) string { return dayOf(s.origin) }, "session": func(s *settlementRow) string { return s.SessionID },
		} {
			whole, part := tally{}, tally{}
			for _, s := range m.settlements {
				wants := []tally{whole}
				if s.Application == "a0" && s.Height >= 28 && s.Height < 48 {
					wants = append(wants, part)
				}
				for _, want := range wants {
					sumOf(want, key(s), s)
					want.add(key(s), "earned_upokt", m.paid(s.claimKey, false))
					want.add(key(s), "paid_upokt", m.paid(s.claimKey, true))
				}
			}
			m.same(m.ask("earnings", "group_by", name), byColumn(name), whole, columns...)
			m.same(m.ask("earnings", "group_by", name, "application", "a0", "from", "height:28", "to", "height:48"), byColumn(name), part, columns...)
		}
	})
}

func TestRewardsAgainstReference(t *testing.T) {
	onMade(t, func(m *made) {
		want, mine := tally{}, tally{}
		for _, r := range m.shares {
			want.count(r.Recipient, "payments", 1)
			want.add(r.Recipient, "upokt", r.Upokt)
			if r.Supplier == "s1" {
				mine.count(r.OpReasonName, "payments", 1)
				mine.add(r.OpReasonName, "upokt", r.Upokt)
			}
		}
		for _, b := range m.batches {
			want.count(b.Recipient, "payments", 1)
			want.add(b.Recipient, "upokt", b.Upokt)
		}
		m.same(m.ask("rewards", "group_by", "recipient"), byColumn("recipient"), want, "payments", "upokt")
		m.same(m.ask("rewards", "group_by", "reason", "supplier", "s1"), byColumn("reason"), mine, "payments", "upokt")
	})
}

// costs are what each message of a claim or proof cost, as the reference has it.
func (m *made) costs(c *claimMessageRow) (gas, proof *big.Int) {
	proof = new(big.Int)
	for _, f := range m.fees {
		if f.Height == c.Height && f.TxIndex == c.TxIndex {
			var rest *big.Int
			gas, rest = new(big.Int).QuoRem(f.Upokt, big.NewInt(int64(c.Of)), new(big.Int))
			if int64(c.MsgIndex) < rest.Int64() {
				gas.Add(gas, big.NewInt(1))
			}
		}
	}
	for _, b := range m.balances {
		if c.Kind == "proof" && b.Account == c.Supplier && b.Height == c.Height && b.TxIndex == c.TxIndex && b.MsgIndex == int32(c.MsgIndex) {
			proof.Sub(proof, b.Upokt)
		}
	}
	return gas, proof
}

func TestFeesAgainstReference(t *testing.T) {
	onMade(t, func(m *made) {
		want, all := tally{}, new(big.Int)
		for _, c := range m.messages {
			key := c.Supplier + " " + c.Kind
			gas, proof := m.costs(c)
			want.count(key, "messages", 1)
			want.count(key, "failed", uint64(min(c.Code, 1)))
			want.add(key, "gas_upokt", gas)
			want.add(key, "proof_upokt", proof)
			all.Add(all, gas)
		}
		for _, f := range m.fees {
			all.Sub(all, f.Upokt)
		}
		require.Zero(m.t, all.Sign(), "shares of fees are the fees")
		m.same(m.ask("fees", "group_by", "supplier,kind"), func(r map[string]string) string { return r["supplier"] + " " + r["kind"] }, want,
			"messages", "failed", "gas_upokt", "proof_upokt")
	})
}

func TestClaimsAgainstReference(t *testing.T) {
	onMade(t, func(m *made) {
		rows := m.ask("claims")
		require.Len(m.t, rows, len(m.claims))
		losing := 0
		for _, c := range m.claims {
			var row map[string]string
			for _, r := range rows {
				if r["supplier"] == c.Supplier && r["application"] == c.Application && r["service"] == c.Service && r["session_end_height"] == fmt.Sprint(c.SessionEndHeight) {
					row = r
				}
			}
			outcome, fee, slashed := "open", new(big.Int), new(big.Int)
			for _, s := range m.settlements {
				if s.claimKey == c.claimKey {
					outcome = "settled"
				}
			}
			for _, f := range m.failures {
				if f.claimKey == c.claimKey && f.Kind == "expired" {
					outcome = "expired"
				}
				if f.claimKey == c.claimKey && f.Kind == "slashed" {
					slashed.Add(slashed, f.Upokt)
				}
			}
			for _, msg := range m.messages {
				if (claimKey{msg.Supplier, msg.Application, msg.Service, msg.SessionEndHeight}) == c.claimKey {
					gas, proof := m.costs(msg)
					fee.Add(fee, gas).Add(fee, proof)
				}
			}
			earned := m.paid(c.claimKey, false)
			net := new(big.Int).Sub(earned, slashed)
			net.Sub(net, fee)
			require.Equal(m.t, []string{outcome, earned.String(), slashed.String(), fee.String(), net.String()},
				[]string{row["outcome"], row["earned_upokt"], row["slashed_upokt"], row["fee_upokt"], row["net_upokt"]}, "%+v", c.claimKey)
			if net.Sign() < 0 && outcome != "open" {
				losing++
			}
		}
		require.Len(m.t, m.ask("claims", "show", "losing"), losing)
	})
}

func TestNetworkAgainstReference(t *testing.T) {
	onMade(t, func(m *made) {
		want := tally{}
		for _, c := range m.claims {
			want.count(dayOf(c.origin), "claims", 1)
		}
		for _, p := range m.submissions {
			want.count(dayOf(p.origin), "proofs", 1)
		}
		for _, s := range m.settlements {
			key := dayOf(s.origin)
			want.count(key, "settlements", 1)
			want.count(key, "relays", s.NumRelays)
			want.add(key, "burnt_upokt", s.SettledUpokt)
			want.add(key, "minted_upokt", s.MintedUpokt)
		}
		for _, f := range m.failures {
			switch f.Kind {
			case "expired":
				want.count(dayOf(f.origin), "expired", 1)
			case "slashed":
				want.add(dayOf(f.origin), "slashed_upokt", f.Upokt)
			}
		}
		for _, r := range m.reimbursements {
			want.add(dayOf(r.origin), "inflation_upokt", r.Upokt)
		}
		m.same(m.ask("network"), byColumn("day"), want, "claims", "proofs", "settlements", "expired", "relays", "burnt_upokt", "minted_upokt", "inflation_upokt", "slashed_upokt")
	})
}

func TestOverservicingAgainstReference(t *testing.T) {
	onMade(t, func(m *made) {
		want := tally{}
		for _, s := range m.settlements {
			if s.OverservicingLossUpokt.Sign() == 0 {
				continue
			}
			want.count(s.Application, "claims", 1)
			want.add(s.Application, "lost_upokt", s.OverservicingLossUpokt)
			for _, f := range m.failures {
				if f.claimKey == s.claimKey && f.Kind == "overserviced" {
					want.add(s.Application, "expected_burn_upokt", f.Upokt)
					want.add(s.Application, "effective_burn_upokt", f.EffectiveUpokt)
					if f.SpendLimit {
						want.count(s.Application, "by_spend_limit", 1)
					}
				}
			}
		}
		m.same(m.ask("overservicing"), byColumn("application"), want, "claims", "lost_upokt", "expected_burn_upokt", "effective_burn_upokt", "by_spend_limit")
	})
}
