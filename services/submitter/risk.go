package submitter

import (
	"cmp"
	"slices"
	"strings"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
)

// risk is what may be lost if an obligation has to wait at a height.
type risk struct {
	left  int64   // blocks that can still take what it needs; none: nothing is due
	upokt float64 // what it is worth, to compare with others
}

// riskOf looks at windows alone: what is due now, and until when.
func riskOf(o *claimv1.Obligation, height int64) risk {
	last := int64(0)
	switch at := plan(o, height); {
	case at == stepClaim && o.Skip == nil:
		last = o.ClaimCloseHeight
	case at == stepProve, at == stepDecide && height >= o.ProofOpenHeight:
		last = o.ProofCloseHeight
	default:
		return risk{}
	}
	return risk{last - height, upokt(o.ClaimedUpokt)} // nothing comes last
}

// byRisk orders the suppliers' obligations and the suppliers: what has its last block first,
// then what is worth most.
func byRisk(bySupplier map[string][]*claimv1.Obligation, height int64) [][]*claimv1.Obligation {
	order := make([][]*claimv1.Obligation, 0, len(bySupplier))
	sums := map[string]risk{}
	for supplier, list := range bySupplier {
		var sum risk
		for _, o := range list {
			r := riskOf(o, height)
			sum.upokt += r.upokt
			if r.left > 0 && (sum.left == 0 || r.left < sum.left) {
				sum.left = r.left
			}
		}
		sums[supplier] = sum
		slices.SortFunc(list, func(a, b *claimv1.Obligation) int {
			return cmp.Or(compareRisk(riskOf(a, height), riskOf(b, height)), strings.Compare(a.Terms.SessionId, b.Terms.SessionId))
		})
		order = append(order, list)
	}
	slices.SortFunc(order, func(a, b []*claimv1.Obligation) int {
		x, y := a[0].Terms.Supplier, b[0].Terms.Supplier
		return cmp.Or(compareRisk(sums[x], sums[y]), strings.Compare(x, y))
	})
	return order
}

// compareRisk is negative when a must be served before b: what is due before what is not, the last block of a
// window before all others, and else the richer.
func compareRisk(a, b risk) int {
	return cmp.Or(cmp.Compare(urgency(a), urgency(b)), cmp.Compare(b.upokt, a.upokt))
}

func urgency(r risk) int {
	switch {
	case r.left == 1:
		return 0
	case r.left > 1:
		return 1
	default:
		return 2
	}
}
