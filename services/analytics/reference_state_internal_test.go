package analytics

import (
	"fmt"
	"math/big"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The supply after every height, by adding what was minted and taking away what was burnt, one after the other.
func TestSupplyAgainstReference(t *testing.T) {
	onMade(t, func(m *made) {
		supply := map[int64]*big.Int{}
		now := new(big.Int).Set(m.seen[0].Upokt)
		for height := m.seen[0].Height; height <= lastHeight; height++ {
			for _, c := range m.supply {
				if c.Height != height || height == m.seen[0].Height {
					continue
				}
				if c.Kind == "mint" {
					now.Add(now, c.Upokt)
				} else {
					now.Sub(now, c.Upokt)
				}
			}
			supply[height] = new(big.Int).Set(now)
		}
		rows := m.ask("supply", "changes", "true")
		read := 0
		for _, r := range rows {
			height, err := strconv.ParseInt(r["height"], 10, 64)
			require.NoError(m.t, err)
			require.Equal(m.t, supply[height].String(), r["replayed_upokt"], height)
			if r["chain_upokt"] != "null" {
				read++
				require.Equal(m.t, "0", r["difference_upokt"])
			}
		}
		require.Equal(m.t, fmt.Sprint(lastHeight), rows[0]["height"], "the newest first, up to the last block")
		require.Equal(m.t, len(m.seen), read)

		want := tally{}
		for _, c := range m.supply {
			want.add(c.Account, c.Kind, c.Upokt)
			want.count(c.Account, "changes", 1)
		}
		for _, r := range m.ask("mints") {
			require.Equal(m.t, []string{orNone(want[r["account"]]["mint"]), orNone(want[r["account"]]["burn"]), want[r["account"]]["changes"].String()},
				[]string{r["minted_upokt"], r["burnt_upokt"], r["changes"]})
		}
	})
}

func orNone(n *big.Int) string {
	if n == nil {
		return "0"
	}
	return n.String()
}

// behind tells whether a is later in the chain than b.
func behind(a, b origin) bool {
	return a.Height > b.Height || a.Height == b.Height && a.EventIndex > b.EventIndex
}

func TestApplicationsAgainstReference(t *testing.T) {
	onMade(t, func(m *made) {
		newest := map[string]*actorRow{}
		for _, a := range m.actors {
			if a.Kind == kindApplication && (newest[a.Address] == nil || behind(a.origin, newest[a.Address].origin)) {
				newest[a.Address] = a
			}
		}
		now := at(lastHeight, 0).Time
		for _, r := range m.ask("applications", "show", "all", "days", "2", "supplier", "s0") {
			a := newest[r["application"]]
			stake, spent, open := new(big.Int).Set(a.StakeUpokt), new(big.Int), new(big.Int)
			take := func(application string, o origin, upokt *big.Int) {
				if application == a.Address && behind(o, a.origin) {
					stake.Sub(stake, upokt)
				}
				if application == a.Address && o.Time.After(now.Add(-48*time.Hour)) {
					spent.Add(spent, upokt)
				}
			}
			for _, s := range m.settlements {
				take(s.Application, s.origin, s.SettledUpokt)
			}
			for _, b := range m.reimbursements {
				take(b.Application, b.origin, b.Upokt)
			}
			for _, c := range m.claims {
				if c.Supplier == "s0" && c.Application == a.Address && m.isOpen(c.claimKey) {
					open.Add(open, c.ClaimedUpokt)
				}
			}
			require.Equal(m.t, []string{stake.String(), spent.String(), open.String()}, []string{r["stake_upokt"], r["spent_upokt"], r["open_upokt"]}, a.Address)
		}
		require.Len(m.t, m.ask("applications"), 2, "one of the three is gone")
	})
}

func (m *made) isOpen(key claimKey) bool {
	for _, s := range m.settlements {
		if s.claimKey == key {
			return false
		}
	}
	for _, f := range m.failures {
		if f.claimKey == key && f.Kind == "expired" {
			return false
		}
	}
	return true
}

func TestSuppliersAgainstReference(t *testing.T) {
	onMade(t, func(m *made) {
		want, service, stakes := tally{}, map[string]uint64{}, map[string]*actorRow{}
		for _, s := range m.settlements {
			key := s.Service + " " + s.Supplier
			want.count(key, "sessions", 1)
			want.count(key, "relays", s.NumRelays)
			want.count(key, "estimated_relays", s.EstimatedRelays)
			want.add(key, "earned_upokt", m.paid(s.claimKey, false))
			service[s.Service] += s.EstimatedRelays
		}
		for _, a := range m.actors {
			if a.Kind == kindSupplier && (stakes[a.Address] == nil || behind(a.origin, stakes[a.Address].origin)) {
				stakes[a.Address] = a
			}
		}
		squares := map[string]float64{}
		for _, r := range m.ask("suppliers") {
			key := r["service"] + " " + r["supplier"]
			for _, column := range []string{"sessions", "relays", "estimated_relays", "earned_upokt"} {
				require.Equal(m.t, orNone(want[key][column]), r[column], "%s of %s", column, key)
			}
			require.Equal(m.t, stakes[r["supplier"]].StakeUpokt.String(), r["stake_upokt"])
			share, err := strconv.ParseFloat(r["share_of_relays"], 64)
			require.NoError(m.t, err)
			mine, _ := strconv.ParseFloat(orNone(want[key]["estimated_relays"]), 64)
			require.InDelta(m.t, mine/float64(service[r["service"]]), share, 1e-12)
			squares[r["service"]] += share * share
		}
		for _, r := range m.ask("concentration") {
			got, err := strconv.ParseFloat(r["herfindahl"], 64)
			require.NoError(m.t, err)
			require.InDelta(m.t, squares[r["service"]], got, 1e-12)
		}
	})
}

func TestSelectionAgainstReference(t *testing.T) {
	onMade(t, func(m *made) {
		type session struct {
			application, service string
			end                  int64
		}
		relays, suppliers := map[session]uint64{}, map[session]uint64{}
		of := func(s *settlementRow) session { return session{s.Application, s.Service, s.SessionEndHeight} }
		for _, s := range m.settlements {
			relays[of(s)] += s.EstimatedRelays
			suppliers[of(s)]++
		}
		mine, all, even := map[string]float64{}, map[string]float64{}, map[string]float64{}
		for _, s := range m.settlements {
			if n := suppliers[of(s)]; n > 1 {
				mine[s.Supplier] += float64(s.EstimatedRelays)
				all[s.Supplier] += float64(relays[of(s)])
				even[s.Supplier] += float64(relays[of(s)]) / float64(n)
			}
		}
		rows := m.ask("selection")
		require.Len(m.t, rows, len(mine))
		for _, r := range rows {
			evenness, err := strconv.ParseFloat(r["evenness"], 64)
			require.NoError(m.t, err)
			require.InEpsilon(m.t, mine[r["supplier"]]/even[r["supplier"]], evenness, 1e-9)
			require.Equal(m.t, fmt.Sprint(all[r["supplier"]]), r["all_relays"])
		}
	})
}
