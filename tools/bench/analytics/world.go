package analytics

import (
	"fmt"
	"strconv"
	"time"
)

// Shape of the history. A session is 60 blocks of 30 s; all suppliers are in a session of each service at all times.
const (
	suppliers     = 57
	services      = 5
	applications  = 40
	sessionBlocks = 60
	blockSeconds  = 30
	perSession    = suppliers * services // settlements of a session end
	settledAfter  = 12                   // blocks behind a session's end
	perMinute     = 96                   // rows of relay_minutes: the first 48 suppliers, two services each
	sessionMins   = sessionBlocks * blockSeconds / 60
)

// begin is the time of block 0.
var begin = time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)

// unitsPerRelay and relaysPerLeaf are each service's.
var (
	unitsPerRelay = [services]uint64{1000, 1500, 2500, 4000, 800}
	relaysPerLeaf = [services]uint64{1, 1, 4, 16, 1}
)

// world is a history: all of it follows from the seed, any part of it without the others.
type world struct{ seed uint64 }

// mix is the n-th number of the generator splitmix64 with the world's seed (Steele, Lea, Flood 2014); sqlMix is the same.
func (w world) mix(n uint64) uint64 {
	z := (n+1)*0x9e3779b97f4a7c15 + w.seed
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func supplier(n uint64) string    { return "pokt1" + fmt.Sprintf("supplier%030d", n) }
func application(n uint64) string { return "pokt1" + fmt.Sprintf("application%027d", n) }
func service(n uint64) string     { return "model-" + strconv.FormatUint(n, 10) }
func owner(n uint64) string       { return "pokt1" + fmt.Sprintf("owner%033d", n/10) }

// applicationOf is whose session it is that a supplier is in.
func applicationOf(supplier, service, session uint64) uint64 {
	return ((supplier*services+service)*7 + session) % applications
}

func endOf(session uint64) int64 { return int64(session+1) * sessionBlocks }

func timeOf(height int64) time.Time {
	return begin.Add(time.Duration(height) * blockSeconds * time.Second)
}

// payment is one share of a settlement.
type payment struct {
	recipient string
	reason    int32
	upokt     uint64
}

// settlement is one paid claim.
type settlement struct {
	session, supplier, service, application uint64
	leaves, units                           uint64
	relays, estimatedUnits                  uint64 // scaled by difficulty
	claimed, settled, minted                uint64 // upokt
	height                                  int64
	index                                   uint32 // of its event in the block
	payments                                [4]payment
}

// settlement is the n-th settled claim, in the order of the chain.
func (w world) settlement(n uint64) settlement {
	s := settlement{session: n / perSession, supplier: n % perSession / services, service: n % services, index: uint32(n % perSession)}
	r := w.mix(n)
	s.application = applicationOf(s.supplier, s.service, s.session)
	s.height = endOf(s.session) + settledAfter
	s.leaves = 1 + r%2000
	s.units = s.leaves * unitsPerRelay[s.service]
	s.relays, s.estimatedUnits = s.leaves*relaysPerLeaf[s.service], s.units*relaysPerLeaf[s.service]
	s.claimed = s.estimatedUnits * 7 / 10
	s.settled = s.claimed
	if r>>32%50 == 0 { // the application's stake did not cover it
		s.settled -= s.claimed / 10
	}
	s.minted = s.settled * 975 / 1000
	dao, source, partner := s.minted/10, s.minted*15/100, s.minted/20
	s.payments = [4]payment{
		{owner(s.supplier), 4, s.minted - dao - source - partner},
		{"pokt1partner000000000000000000000000000000", 4, partner},
		{"pokt1dao0000000000000000000000000000000000", 15, dao},
		{"pokt1source" + fmt.Sprintf("%032d", s.service), 17, source},
	}
	return s
}

// rollup is a row of relay_minutes: up to four relays, whose backend took step more each time.
type rollup struct {
	minute, session, supplier, service, application uint64
	relays                                          uint64
	status                                          uint32
	prompt, completion                              uint64 // tokens
	first, step                                     uint64 // ns: backend's time of the first relay, and what each next one takes more
}

func (w world) rollup(n uint64) rollup {
	slot := n % perMinute
	r := w.mix(n ^ 1<<63)
	u := rollup{minute: n / perMinute, supplier: slot / 2, status: 200, relays: 1 + r%4}
	u.session, u.service = u.minute/sessionMins, slot%2
	u.application = applicationOf(u.supplier, u.service, u.session)
	if r>>8%64 == 0 {
		u.status = 503
	}
	u.prompt, u.completion = u.relays*(50+r>>16%400), u.relays*(20+r>>24%200)
	u.first, u.step = 20_000_000*(1+r>>32%100), 5_000_000
	return u
}
