package whatif

import (
	"sort"

	"cosmossdk.io/math"
)

// point is a place in the chain: an event of a block.
type point struct {
	height int64
	event  uint32
}

func (p point) before(q point) bool {
	return p.height < q.height || p.height == q.height && p.event < q.event
}

// record is what is known of an application at a point.
type record struct {
	at    point
	stake math.Int
	limit math.Int // of a session; 0: none
}

// taking is what one block's settlements took from an application's stake; first is their first event.
type taking struct {
	first point
	sum   math.Int // of this and all before
}

// purse is an application over time: its records and what was taken in between, both in the chain's order.
type purse struct {
	records []record
	takings []taking
}

// take notes what the next block took.
func (p *purse) take(first point, upokt math.Int) {
	sum := upokt
	if n := len(p.takings); n > 0 {
		sum = p.takings[n-1].sum.Add(upokt)
	}
	p.takings = append(p.takings, taking{first, sum})
}

// taken is what was taken by the first n blocks.
func (p *purse) taken(n int) math.Int {
	if n == 0 {
		return math.ZeroInt()
	}
	return p.takings[n-1].sum
}

// at is the application before a settlement whose first event is at a point: its last record, less what was taken since. The
// second value is false when nothing is known of it that early.
func (p *purse) at(settlement point) (record, bool) {
	n := sort.Search(len(p.records), func(i int) bool { return !p.records[i].at.before(settlement) })
	if n == 0 {
		return record{}, false
	}
	found := p.records[n-1]
	from := sort.Search(len(p.takings), func(i int) bool { return found.at.before(p.takings[i].first) })
	to := sort.Search(len(p.takings), func(i int) bool { return p.takings[i].first.height >= settlement.height })
	if to > from {
		found.stake = found.stake.Sub(p.taken(to).Sub(p.taken(from)))
	}
	return found, true
}
