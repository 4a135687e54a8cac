// Package refusals counts the relays that a relayer refuses, in bounded memory whoever sends them.
//
// A count is for a cause and for what the request is known to be of: the caller names a session only when the chain has
// it. Beyond so many counts a refusal loses what it is of, but never its cause: no refused relay is uncounted.
package refusals

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
)

// Key is what refused relays are counted by; what is not known is zero.
type Key struct {
	Supplier, Application, Service, Session string
	EndHeight                               int64
	Cause                                   string // of the fixed set that the metrics have
	Gateway                                 string
	GatewayBy                               relayv1.GatewayBy
	Backend                                 string
}

// Counts are refused relays since they were last taken. Its methods may be called at the same time.
type Counts struct {
	max int

	mu     sync.Mutex
	counts map[Key]uint64
}

// New makes counts for up to so many keys, and one for each cause beside them.
func New(keys int) *Counts { return &Counts{max: keys, counts: map[Key]uint64{}} }

// Add counts one relay. When there are too many keys it is counted by its cause alone.
func (c *Counts) Add(k Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.counts[k]; !known && len(c.counts) >= c.max {
		k = Key{Cause: k.Cause}
	}
	c.counts[k]++
}

// Take returns the counts in a fixed order and begins anew.
func (c *Counts) Take() []*relayv1.RefusedCount {
	c.mu.Lock()
	taken := c.counts
	c.counts = map[Key]uint64{}
	c.mu.Unlock()
	list := make([]*relayv1.RefusedCount, 0, len(taken))
	for k, n := range taken {
		list = append(list, &relayv1.RefusedCount{
			Supplier: k.Supplier, Application: k.Application, Service: k.Service, SessionId: k.Session, EndHeight: k.EndHeight,
			Cause: k.Cause, Gateway: k.Gateway, GatewayBy: k.GatewayBy, Backend: k.Backend, Relays: n,
		})
	}
	slices.SortFunc(list, func(a, b *relayv1.RefusedCount) int {
		return cmp.Or(strings.Compare(a.SessionId, b.SessionId), strings.Compare(a.Supplier, b.Supplier), strings.Compare(a.Service, b.Service),
			strings.Compare(a.Application, b.Application), strings.Compare(a.Cause, b.Cause), strings.Compare(a.Gateway, b.Gateway),
			cmp.Compare(a.GatewayBy, b.GatewayBy), strings.Compare(a.Backend, b.Backend), cmp.Compare(a.EndHeight, b.EndHeight))
	})
	return list
}
