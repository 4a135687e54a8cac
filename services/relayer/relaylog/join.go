package relaylog

import (
	"crypto/sha256"
	"encoding/hex"

	"google.golang.org/protobuf/proto"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// join makes fewer messages of the groups that one lane has in the spool: the spool syncs faster than the bus does, so
// there are many small ones, and a bus that syncs each message would not keep up with draining them. A group that was
// sent to the bus before keeps its id, and is not joined: the bus may have it.
func join(run []bus.Content) []bus.Content {
	out := make([]bus.Content, 0, len(run))
	var g *group // joined so far, nil: nothing
	flush := func() {
		if g == nil {
			return
		}
		if c, err := bus.NewContent(run[0].Subject, &g.message); err == nil { // what was decoded can be encoded
			out = append(out, c)
		}
		g = nil
	}
	for _, c := range run {
		more := new(relayv1.ServedGroup)
		if c.ID != "" || proto.Unmarshal(c.Data, more) != nil || !sound(more) {
			flush()
			out = append(out, named(c))
			continue
		}
		if g != nil && !g.takes(more) {
			flush()
		}
		if g == nil {
			g = &group{terms: map[string]uint32{}}
			g.message.Relayer = more.Relayer
		}
		for _, served := range more.Relays {
			terms := more.Terms[served.Terms]
			g.add(idOf(terms), terms, served)
		}
	}
	flush()
	return out
}

// named gives a message that has no id the one that NewContent would.
func named(c bus.Content) bus.Content {
	if c.ID == "" {
		sum := sha256.Sum256(c.Data)
		c.ID = hex.EncodeToString(sum[:len(sum)/2])
	}
	return c
}

// sound tells whether each relay names its terms.
func sound(m *relayv1.ServedGroup) bool {
	for _, served := range m.Relays {
		if int(served.Terms) >= len(m.Terms) {
			return false
		}
	}
	return true
}

// takes tells whether another group's relays fit into g behind its own.
func (g *group) takes(more *relayv1.ServedGroup) bool {
	bytes := g.bytes
	for _, served := range more.Relays {
		bytes += len(served.Relay)
	}
	return g.message.Relayer == more.Relayer && len(g.message.Relays)+len(more.Relays) <= maxRelays && bytes <= maxBytes
}
