package analytics

import (
	"net/url"
	"time"

	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
)

// question is a request of the page or the API over a span of some length, and what the answer must be.
type question struct {
	name   string
	path   string
	groups []string
	filter url.Values
	length time.Duration // of the span; 0: everything
	step   time.Duration // the span begins at a multiple of it
	want   func(history, span) table
}

// history is a world of a certain size.
type history struct {
	world
	sessions, rows uint64
}

const (
	day   = 24 * time.Hour
	week  = 7 * day
	month = 30 * day
)

// questions are the twelve that are measured.
var questions = []question{
	{"earnings of a day by service", "/v1/earnings", []string{"service"}, nil, day, day, func(h history, in span) table {
		return h.earned(in, nil, func(s settlement) []string { return []string{service(s.service)} })
	}},
	{"earnings of a week by day and supplier", "/v1/earnings", []string{"day", "supplier"}, nil, week, day, func(h history, in span) table {
		return h.earned(in, nil, func(s settlement) []string { return []string{s.time().Format(time.DateOnly), supplier(s.supplier)} })
	}},
	{"earnings of 30 days by application, one service", "/v1/earnings", []string{"application"}, url.Values{"service": {service(1)}}, month, day, func(h history, in span) table {
		return h.earned(in, func(s settlement) bool { return s.service == 1 }, func(s settlement) []string { return []string{application(s.application)} })
	}},
	{"earnings of a day by hour", "/v1/earnings", []string{"hour"}, nil, day, day, func(h history, in span) table {
		return h.earned(in, nil, func(s settlement) []string {
			return []string{s.time().Truncate(time.Hour).Format("2006-01-02T15:04:05Z")}
		})
	}},
	{"rewards of a week by recipient and reason", "/v1/rewards", []string{"recipient", "reason"}, nil, week, day, rewarded},
	{"relays of a day by model", "/v1/relays", []string{"model"}, nil, day, time.Hour, func(h history, in span) table {
		return h.served(in, nil, func(u rollup) []string { return []string{service(u.service)} })
	}},
	{"relays of an hour by minute, one supplier", "/v1/relays", []string{"minute"}, url.Values{"supplier": {supplier(7)}}, time.Hour, time.Minute, func(h history, in span) table {
		return h.served(in, func(u rollup) bool { return u.supplier == 7 }, func(u rollup) []string { return []string{u.time().Format("2006-01-02T15:04:05.000000000Z")} })
	}},
	{"relays of 30 days by day", "/v1/relays", []string{"day"}, nil, month, day, func(h history, in span) table {
		return h.served(in, nil, func(u rollup) []string { return []string{u.time().Format(time.DateOnly)} })
	}},
	{"network of 30 days by day", "/v1/network", []string{"day"}, nil, month, day, networked},
	{"suppliers of a service in a week", "/v1/suppliers", []string{"supplier"}, url.Values{"service": {service(2)}}, week, day, supplied},
	{"over-servicing of 30 days by application", "/v1/overservicing", []string{"application"}, nil, month, day, overserviced},
	{"selection of a week by supplier", "/v1/selection", []string{"supplier"}, nil, week, day, selected},
}

// whole is not among the twelve: all settlements there are are read for it.
var whole = question{"earnings of all time by month", "/v1/earnings", []string{"month"}, nil, 0, 0, func(h history, in span) table {
	return h.earned(in, nil, func(s settlement) []string { return []string{s.time().Format("2006-01") + "-01"} })
}}

func (h history) earned(in span, of func(settlement) bool, by func(settlement) []string) table {
	t := table{}
	h.paid(in, h.sessions, func(s settlement) {
		if of == nil || of(s) {
			l := t.at(by(s)...)
			l.earn(s)
			l.add("tokens", h.tokens(s, h.rows))
		}
	})
	return t
}

func (h history) served(in span, of func(rollup) bool, by func(rollup) []string) table {
	t := table{}
	h.summed(in, h.rows, func(u rollup) {
		if of == nil || of(u) {
			t.at(by(u)...).serve(u)
		}
	})
	return t
}

func rewarded(h history, in span) table {
	t := table{}
	h.paid(in, h.sessions, func(s settlement) {
		for _, p := range s.payments {
			l := t.at(p.recipient, tokenomicstypes.SettlementOpReason(p.reason).String())
			l.add("payments", 1)
			l.add("upokt", p.upokt)
		}
	})
	return t
}

func networked(h history, in span) table {
	t := table{}
	h.paid(in, h.sessions, func(s settlement) {
		l := t.at(s.time().Format(time.DateOnly))
		l.add("settlements", 1)
		l.add("relays", s.leaves)
		l.add("estimated_relays", s.relays)
		l.add("compute_units", s.units)
		l.add("burnt_upokt", s.settled)
		l.add("minted_upokt", s.minted)
	})
	return t
}

func supplied(h history, in span) table {
	t := table{}
	h.paid(in, h.sessions, func(s settlement) {
		if s.service == 2 {
			l := t.at(supplier(s.supplier))
			l.add("sessions", 1)
			l.add("relays", s.leaves)
			l.add("estimated_relays", s.relays)
			l.add("earned_upokt", s.payments[0].upokt+s.payments[1].upokt)
		}
	})
	return t
}

func overserviced(h history, in span) table {
	t := table{}
	h.paid(in, h.sessions, func(s settlement) {
		if s.settled < s.claimed {
			l := t.at(application(s.application))
			l.add("claims", 1)
			l.add("claimed_upokt", s.claimed)
			l.add("settled_upokt", s.settled)
			l.add("lost_upokt", s.claimed-s.settled)
		}
	})
	return t
}

// selected counts sessions of an application and a service with several suppliers.
func selected(h history, in span) table {
	type key struct{ application, service, session uint64 }
	together := map[key][]settlement{}
	h.paid(in, h.sessions, func(s settlement) {
		k := key{s.application, s.service, s.session}
		together[k] = append(together[k], s)
	})
	t := table{}
	for _, all := range together {
		if len(all) < 2 {
			continue
		}
		sum := uint64(0)
		for _, s := range all {
			sum += s.relays
		}
		for _, s := range all {
			l := t.at(supplier(s.supplier))
			l.add("sessions", 1)
			l.add("relays", s.relays)
			l.add("all_relays", sum)
		}
	}
	return t
}
