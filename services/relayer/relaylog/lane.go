package relaylog

import (
	"time"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
)

// Limits of one group: one bus message.
const (
	maxRelays = 256
	maxBytes  = 512 << 10
	// GroupRoom is what a message may have beside one relay's request, in bytes: a group that was almost full, with terms.
	GroupRoom = maxBytes + 512<<10
)

type laneKey struct {
	partition uint32
	end       int64
}

// lane is guarded by Log.mu, spooled belongs to the goroutine that stores.
type lane struct {
	key     laneKey
	groups  []*group          // oldest first; the last one is open
	busy    bool              // a goroutine stores
	numbers map[string]uint64 // by supplier and session: last number given
	idleAt  int64             // height after which no relay of these sessions can come
	spooled int64             // position in the spool behind the lane's last group there
}

// group is one message and those who wait for it. err is set before done is closed.
type group struct {
	message relayv1.ServedGroup
	terms   map[string]uint32 // by supplier and session: index into message.Terms
	bytes   int
	born    time.Time
	done    chan struct{}
	err     error
}

// idOf names a session of a supplier.
func idOf(t *relayv1.Terms) string { return t.Supplier + "/" + t.SessionId }

// add numbers a relay and puts it into the open group.
func (ln *lane) add(incarnation string, terms *relayv1.Terms, served *relayv1.Served) *group {
	id := idOf(terms)
	g := ln.open(incarnation)
	ln.numbers[id]++
	served.Number = ln.numbers[id]
	g.add(id, terms, served)
	return g
}

// open returns the lane's last group, or a new one when that is full.
func (ln *lane) open(incarnation string) *group {
	if n := len(ln.groups); n > 0 {
		if g := ln.groups[n-1]; len(g.message.Relays) < maxRelays && g.bytes < maxBytes {
			return g
		}
	}
	g := &group{terms: map[string]uint32{}, born: time.Now(), done: make(chan struct{})}
	g.message.Relayer = incarnation
	ln.groups = append(ln.groups, g)
	return g
}

func (g *group) add(id string, terms *relayv1.Terms, served *relayv1.Served) {
	at, ok := g.terms[id]
	if !ok {
		at = uint32(len(g.message.Terms))
		g.terms[id] = at
		g.message.Terms = append(g.message.Terms, terms)
	}
	served.Terms = at
	g.message.Relays = append(g.message.Relays, served)
	g.bytes += len(served.Relay)
}
