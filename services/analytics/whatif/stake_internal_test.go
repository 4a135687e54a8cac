package whatif

import (
	"testing"

	"cosmossdk.io/math"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The stake at any settlement is the last record before it, less everything taken between, by looking at each.
func TestPurseIsTheSlowOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &purse{}
		var all []math.Int
		for height := int64(1); height < 12; height++ {
			if rapid.Bool().Draw(t, "record before") {
				p.records = append(p.records, record{at: point{height, 1}, stake: math.NewInt(rapid.Int64Range(0, 99).Draw(t, "stake"))})
			}
			if rapid.Bool().Draw(t, "taking") {
				all = append(all, math.NewInt(rapid.Int64Range(0, 9).Draw(t, "upokt")))
				p.take(point{height, 5}, all[len(all)-1])
			}
			if rapid.Bool().Draw(t, "record after") {
				p.records = append(p.records, record{at: point{height, 9}, stake: math.NewInt(rapid.Int64Range(0, 99).Draw(t, "stake"))})
			}
		}
		for height := int64(1); height < 13; height++ {
			settlement := point{height, 6}
			var want *record
			for _, r := range p.records {
				if r.at.before(settlement) {
					want = &r
				}
			}
			got, known := p.at(settlement)
			require.Equal(t, want != nil, known)
			if want == nil {
				continue
			}
			stake := want.stake
			for i, taking := range p.takings {
				if want.at.before(taking.first) && taking.first.height < height {
					stake = stake.Sub(all[i])
				}
			}
			require.Equal(t, stake.String(), got.stake.String())
		}
	})
}
