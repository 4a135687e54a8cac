package hasher

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// waiting is an end height of which there is log to be folded.
type waiting struct {
	end   int64
	close int64 // last height at which its claims are accepted; 0: unknown
}

// urgent orders what waits: what can still be claimed, in the order in which that ends; then what can't any more, which
// only the ledger needs.
func urgent(spans []waiting, height int64) []waiting {
	closed := func(s waiting) int {
		if s.close > 0 && height > s.close {
			return 1
		}
		return 0
	}
	slices.SortFunc(spans, func(a, b waiting) int {
		return cmp.Or(cmp.Compare(closed(a), closed(b)), cmp.Compare(a.end, b.end))
	})
	return spans
}

// backlog lists the end heights that have messages for the readers, with what their first relays say of them.
func (r *reader) backlog(ctx context.Context, readers []*reading) (spans []waiting, err error) {
	of := byPartition(readers)
	subjects, err := r.h.bus.Subjects(ctx, bus.StreamRelays, bus.RelayServedFilter)
	if err != nil {
		return nil, err
	}
	seen := map[int64]bool{}
	for subject := range subjects {
		partition, end, err := partOf(subject)
		if err != nil {
			return nil, err
		}
		s := of[uint32(partition)]
		if s == nil || seen[end] {
			continue
		}
		first, found, err := r.h.bus.First(ctx, bus.StreamRelays, subject, s.from)
		if err != nil {
			return nil, fmt.Errorf("look into the log of end height %d: %w", end, err)
		}
		if found {
			seen[end] = true
			spans = append(spans, waiting{end, closing(first.Data)})
		}
	}
	return spans, nil
}

// closing reads the end of the claim window from a group; 0: it does not say.
func closing(raw []byte) int64 {
	g := new(relayv1.ServedGroup)
	if proto.Unmarshal(raw, g) != nil || len(g.Terms) == 0 {
		return 0
	}
	return g.Terms[0].ClaimCloseHeight
}
