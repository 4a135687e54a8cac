package whatif

import (
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
	upokt math.Int
}

// purse is an application over time: its records and what was taken in between, both in the chain's order.
type purse struct {
	records []record
	takings []taking
}

// at is the application before a settlement whose first event is at a point: its last record, less what was taken since. The
// second value is false when nothing is known of it that early.
func (p *purse) at(settlement point) (record, bool) {
	var last *record
	for i := range p.records {
		if p.records[i].at.before(settlement) {
			last = &p.records[i]
		}
	}
	if last == nil {
		return record{}, false
	}
	found := *last
	for _, t := range p.takings {
		if found.at.before(t.first) && t.first.height < settlement.height {
			found.stake = found.stake.Sub(t.upokt)
		}
	}
	return found, true
}
