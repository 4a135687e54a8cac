package upstream

import (
	"cmp"
	"hash/fnv"
	"io"
	"slices"
	"sync/atomic"
)

// turn counts calls, for those that go round.
type turn struct{ atomic.Uint64 }

// choose takes an endpoint for a call, not one of those tried before; nil when none takes calls.
func (g *group) choose(c *Call, tried []*endpoint) *lease {
	for _, e := range g.order(c) {
		if slices.Contains(tried, e) {
			continue
		}
		if l, ok := e.take(); ok {
			return l
		}
	}
	return nil
}

// order is the endpoints as the strategy would have them, best first.
func (g *group) order(c *Call) []*endpoint {
	if len(g.endpoints) == 1 {
		return g.endpoints
	}
	rotated := rotate(g.endpoints, g.turn.Add(1)-1)
	switch key := g.key(c); {
	case key != "":
		return byAffinity(rotated, key)
	case g.cfg.Strategy == roundRobin:
		return rotated
	default: // an affinity to nothing, too
		return byLoad(rotated)
	}
}

// key is what the strategy keeps together; empty: nothing.
func (g *group) key(c *Call) string {
	switch g.cfg.Strategy {
	case sessionAffinity:
		return c.SessionID
	case prefixAffinity:
		return string(prefix(c.Body, g.cfg.PrefixBytes))
	}
	return ""
}

func rotate(all []*endpoint, by uint64) []*endpoint {
	at := int(by % uint64(len(all)))
	return append(slices.Clone(all[at:]), all[:at]...)
}

// byLoad sorts by calls under way; equal ones keep their order.
func byLoad(all []*endpoint) []*endpoint {
	loads := make(map[*endpoint]int64, len(all)) // they change meanwhile
	for _, e := range all {
		loads[e] = e.load.Load()
	}
	slices.SortStableFunc(all, func(a, b *endpoint) int { return cmp.Compare(loads[a], loads[b]) })
	return all
}

// spare is how many calls an endpoint may have above its fair share before affinity yields to load.
const spare = 4

// byAffinity is rendezvous hashing: each endpoint draws a number for the key, the highest comes first. Without an
// endpoint its keys go to the others, and no key of the others moves. One that has a quarter and spare calls more than
// the mean comes behind those that have not: a cache is worth less than a queue costs.
func byAffinity(all []*endpoint, key string) []*endpoint {
	type drawn struct {
		*endpoint
		busy  int
		score uint64
	}
	var total int64
	draws := make([]drawn, len(all))
	for i, e := range all {
		total += e.load.Load()
		draws[i] = drawn{endpoint: e, score: score(e.name, key)}
	}
	fair := total*5/(4*int64(len(all))) + spare
	for i, d := range draws {
		if d.load.Load() > fair {
			draws[i].busy = 1
		}
	}
	slices.SortFunc(draws, func(a, b drawn) int {
		return cmp.Or(cmp.Compare(a.busy, b.busy), cmp.Compare(b.score, a.score), cmp.Compare(a.name, b.name))
	})
	for i, d := range draws {
		all[i] = d.endpoint
	}
	return all
}

// score is the same in every process. FNV alone is too even in its high bits for short names: the end is that of
// SplitMix64.
func score(name, key string) uint64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, name+"\x00"+key)
	x := h.Sum64()
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
