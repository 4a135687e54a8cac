package treasury

import (
	"cmp"
	"slices"
	"strings"

	"cosmossdk.io/math"
)

// Policy is when operators are topped up, and to how much. Amounts are upokt.
type Policy struct {
	Below math.Int // who has less is topped up
	To    math.Int // to so much; at least Below
	Most  int      // operators in one transaction
}

// Transfer is what one operator gets.
type Transfer struct {
	Address string
	Upokt   math.Int // positive
}

// Plan is who gets how much out of a budget: the poorest first, each to the full. Who does not fit waits, and so do
// those behind him.
func Plan(accounts []Account, p Policy, budget math.Int) (list []Transfer) {
	poor := slices.Clone(accounts)
	slices.SortFunc(poor, func(a, b Account) int {
		return cmp.Or(a.Balance.BigInt().Cmp(b.Balance.BigInt()), strings.Compare(a.Address, b.Address))
	})
	for _, a := range poor {
		gap := p.To.Sub(a.Balance)
		if !a.Balance.LT(p.Below) || gap.GT(budget) || len(list) >= p.Most {
			break
		}
		list = append(list, Transfer{a.Address, gap})
		budget = budget.Sub(gap)
	}
	return list
}

// Sum is what all get together.
func Sum(list []Transfer) math.Int {
	sum := math.ZeroInt()
	for _, t := range list {
		sum = sum.Add(t.Upokt)
	}
	return sum
}
