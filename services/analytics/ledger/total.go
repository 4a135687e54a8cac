package ledger

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// By names what lines can be summed by, and how a line says it.
var By = map[string]func(Line) string{
	"day":         func(l Line) string { return day(l.EndTime) },
	"session":     func(l Line) string { return l.Session },
	"supplier":    func(l Line) string { return l.Supplier },
	"service":     func(l Line) string { return l.Service },
	"application": func(l Line) string { return l.Application },
	"all":         func(Line) string { return "all" },
}

// day is the UTC day of a session's last block, or that it is not known.
func day(at time.Time) string {
	if at.IsZero() {
		return "unknown"
	}
	return at.UTC().Format(time.DateOnly)
}

// Stages are one measure of all stages from served to settled.
type Stages struct {
	Served    uint64 `json:"served"`
	Logged    uint64 `json:"logged"`
	Mined     uint64 `json:"mined"`
	Filtered  uint64 `json:"filtered"`
	Duplicate uint64 `json:"duplicate"`
	Late      uint64 `json:"late"`
	Claimed   uint64 `json:"claimed"`
	Settled   uint64 `json:"settled"`
}

// Money is the measure of the stages that the chain has put a price on.
type Money struct {
	Claimed     Amount `json:"claimed"`
	Settled     Amount `json:"settled"`
	Minted      Amount `json:"minted"`
	Overservice Amount `json:"overservicing_loss"`
	Deflation   Amount `json:"deflation_loss"`
	Earned      Amount `json:"earned"`
	Fee         Amount `json:"fee"`
}

// Leak is all residues of one cause.
type Leak struct {
	Cause        Cause  `json:"cause"`
	Lines        uint64 `json:"lines"`
	Relays       uint64 `json:"relays"`
	ComputeUnits uint64 `json:"compute_units"`
	Upokt        Amount `json:"upokt"`    // of those that are priced
	Unpriced     uint64 `json:"unpriced"` // residues that the chain has put no price on
}

// Total is the sum of lines.
type Total struct {
	Key          string `json:"key"`
	Lines        uint64 `json:"lines"`
	Open         uint64 `json:"open"`       // the chain can still change them
	Unbalanced   uint64 `json:"unbalanced"` // neither open nor balanced
	Relays       Stages `json:"relays"`
	ComputeUnits Stages `json:"compute_units"`
	Upokt        Money  `json:"upokt"`
	Leaks        []Leak `json:"residues"` // dearest first

	Refused  uint64    `json:"refused"`  // relays that were not served: in none of the stages
	Refusals []Refusal `json:"refusals"` // why, most first
}

// Sum sums lines by what by says of them, in the order of that.
func Sum(lines []Line, by func(Line) string) []Total {
	totals := map[string]*Total{}
	leaks := map[string]map[Cause]*Leak{}
	for _, l := range lines {
		key := by(l)
		if totals[key] == nil {
			totals[key], leaks[key] = &Total{Key: key, Refusals: []Refusal{}}, map[Cause]*Leak{}
		}
		totals[key].add(l)
		for _, r := range l.Residues {
			if leaks[key][r.Cause] == nil {
				leaks[key][r.Cause] = &Leak{Cause: r.Cause}
			}
			leaks[key][r.Cause].add(r)
		}
	}
	sums := make([]Total, 0, len(totals))
	for _, key := range slices.Sorted(maps.Keys(totals)) {
		totals[key].Leaks = dearest(leaks[key])
		slices.SortFunc(totals[key].Refusals, func(a, b Refusal) int {
			return cmp.Or(cmp.Compare(b.Relays, a.Relays), cmp.Compare(a.Cause, b.Cause))
		})
		sums = append(sums, *totals[key])
	}
	return sums
}

func (t *Total) add(l Line) {
	t.Lines++
	switch {
	case l.State == Open:
		t.Open++
	case !l.Balanced:
		t.Unbalanced++
	}
	t.Refused += l.Refused
	for _, r := range l.Refusals {
		t.refuse(r)
	}
	t.Relays.add(l.Stages, 1)
	units := l.Stages
	units.Claimed, units.Settled = 0, 0 // the chain says them itself
	t.ComputeUnits.add(units, l.UnitsPerRelay)
	t.ComputeUnits.add(Stages{Claimed: l.ClaimedUnits, Settled: l.SettledUnits}, 1)
	m := &t.Upokt
	m.Claimed, m.Settled, m.Minted = m.Claimed.Plus(l.ClaimedUpokt), m.Settled.Plus(l.SettledUpokt), m.Minted.Plus(l.MintedUpokt)
	m.Overservice, m.Deflation = m.Overservice.Plus(l.OverserviceUpokt), m.Deflation.Plus(l.DeflationUpokt)
	m.Earned, m.Fee = m.Earned.Plus(l.EarnedUpokt), m.Fee.Plus(l.FeeUpokt)
}

// refuse adds what was not served for one cause.
func (t *Total) refuse(r Refusal) {
	i := slices.IndexFunc(t.Refusals, func(have Refusal) bool { return have.Cause == r.Cause })
	if i < 0 {
		t.Refusals = append(t.Refusals, r)
		return
	}
	t.Refusals[i].Relays += r.Relays
	t.Refusals[i].ComputeUnits += r.ComputeUnits
}

// add adds stages whose relays have a weight.
func (s *Stages) add(o Stages, weight uint64) {
	s.Served += o.Served * weight
	s.Logged += o.Logged * weight
	s.Mined += o.Mined * weight
	s.Filtered += o.Filtered * weight
	s.Duplicate += o.Duplicate * weight
	s.Late += o.Late * weight
	s.Claimed += o.Claimed * weight
	s.Settled += o.Settled * weight
}

func (k *Leak) add(r Residue) {
	k.Lines++
	k.Relays += r.Relays
	k.ComputeUnits += r.ComputeUnits
	if r.Upokt == nil {
		k.Unpriced++
	} else {
		k.Upokt = k.Upokt.Plus(*r.Upokt)
	}
}

// dearest are the leaks with the most upokt first, then the most relays.
func dearest(leaks map[Cause]*Leak) []Leak {
	list := []Leak{}
	for _, cause := range slices.Sorted(maps.Keys(leaks)) {
		list = append(list, *leaks[cause])
	}
	slices.SortStableFunc(list, func(a, b Leak) int {
		return cmp.Or(b.Upokt.n.Cmp(&a.Upokt.n), cmp.Compare(b.Relays, a.Relays))
	})
	return list
}

// Groupings are the names in By.
func Groupings() []string { return slices.Sorted(maps.Keys(By)) }
