package analytics

import (
	"time"
)

// span is a range of time, whole minutes; to is not in it.
type span struct{ from, to time.Time }

// paid hands every settlement in the span to each.
func (w world) paid(in span, sessions uint64, each func(settlement)) {
	for e := uint64(0); e < sessions; e++ {
		if at := timeOf(endOf(e) + settledAfter); at.Before(in.from) || !at.Before(in.to) {
			continue
		}
		for n := e * perSession; n < (e+1)*perSession; n++ {
			each(w.settlement(n))
		}
	}
}

// summed hands every rollup in the span to each.
func (w world) summed(in span, rows uint64, each func(rollup)) {
	from := max(in.from.Sub(begin)/time.Minute, 0)
	to := max(in.to.Sub(begin)/time.Minute, 0)
	for n := uint64(from) * perMinute; n < min(uint64(to)*perMinute, rows); n++ {
		each(w.rollup(n))
	}
}

// tokens are those of all answers of a supplier in a session.
func (w world) tokens(s settlement, rows uint64) (sum uint64) {
	if s.supplier >= perMinute/2 || s.service >= 2 {
		return 0
	}
	for m := s.session * sessionMins; m < (s.session+1)*sessionMins; m++ {
		if n := m*perMinute + s.supplier*2 + s.service; n < rows {
			u := w.rollup(n)
			sum += u.prompt + u.completion
		}
	}
	return sum
}

func (s settlement) time() time.Time { return timeOf(s.height) }

func (u rollup) time() time.Time { return begin.Add(time.Duration(u.minute) * time.Minute) }

// earn adds what a settlement earned.
func (l *line) earn(s settlement) {
	l.add("claims", 1)
	l.add("relays", s.leaves)
	l.add("estimated_relays", s.relays)
	l.add("compute_units", s.units)
	l.add("estimated_compute_units", s.estimatedUnits)
	l.add("claimed_upokt", s.claimed)
	l.add("settled_upokt", s.settled)
	l.add("minted_upokt", s.minted)
	l.add("overservicing_loss_upokt", s.claimed-s.settled)
	l.add("deflation_loss_upokt", s.settled-s.minted)
	for _, p := range s.payments {
		l.add("paid_upokt", p.upokt)
		if p.reason == 4 {
			l.add("earned_upokt", p.upokt)
		}
	}
}

// serve adds the relays of a rollup.
func (l *line) serve(u rollup) {
	l.add("relays", u.relays)
	l.add("failed", 0)
	if u.status >= 400 {
		l.add("failed", u.relays)
	}
	l.add("compute_units", u.relays*unitsPerRelay[u.service])
	l.add("prompt_tokens", u.prompt)
	l.add("completion_tokens", u.completion)
	for k := range u.relays {
		l.times = append(l.times, u.first+k*u.step)
	}
}
