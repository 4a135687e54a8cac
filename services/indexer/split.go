package indexer

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// The two modules that are not a module of the chain.
const (
	moduleTx     = "tx"     // transactions with their results
	moduleCosmos = "cosmos" // all events that are not typed Pocket events
)

const (
	maxModules = 32                     // of a height; events of further ones are under "cosmos"
	maxItem    = bus.MaxPayload - 1<<20 // bytes of one event or transaction
)

// module returns the second dotted part of a typed Pocket event such as pocket.proof.EventClaimCreated, when it is
// fit for a subject: lower-case letters, digits and underscores, at most 32 bytes. All others are under "cosmos".
func module(eventType string) string {
	rest, typed := strings.CutPrefix(eventType, "pocket.")
	name, _, dotted := strings.Cut(rest, ".")
	if !typed || !dotted || name == "" || len(name) > 32 || name == moduleTx {
		return moduleCosmos
	}
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return moduleCosmos
		}
	}
	return name
}

// splitter groups a height's events by module, as they come, and cuts each group into parts of at most limit encoded
// bytes. One event or transaction that is larger than the limit gets a part of its own; a transaction's raw bytes are left
// out then (its hash stays). It holds one part of each module.
type splitter struct {
	height, time int64
	limit        int
	say          func(module string, part *chainv1.Events) error // each part as soon as it is full
	parts        uint32                                          // said
	order        []*group                                        // by first event
}

// group is the open part of one module.
type group struct {
	module string
	open   *chainv1.Events
	size   int    // encoded bytes of open, a little overestimated
	part   uint32 // number of open
}

// itemOverhead is the most that tag and length of one item of a part can take.
const itemOverhead = 8

func (s *splitter) event(e *chainv1.Event) error {
	g, err := s.room(module(e.Type), proto.Size(e))
	if err != nil {
		return fmt.Errorf("event %d, %s: %w", e.Index, e.Type, err)
	}
	g.open.Events = append(g.open.Events, e)
	return nil
}

func (s *splitter) tx(t *chainv1.Tx) error {
	if proto.Size(t) > s.limit {
		t.Raw = nil
	}
	g, err := s.room(moduleTx, proto.Size(t))
	if err != nil {
		return fmt.Errorf("transaction %d: %w", t.Index, err)
	}
	g.open.Txs = append(g.open.Txs, t)
	return nil
}

// close says what is left, by the modules' first events.
func (s *splitter) close() error {
	for _, g := range s.order {
		if err := s.flush(g); err != nil {
			return err
		}
	}
	return nil
}

// room returns the module's group, whose open part can take one more item of size bytes.
func (s *splitter) room(module string, size int) (*group, error) {
	if size > maxItem {
		return nil, fmt.Errorf("it has %d bytes, more than one message of the bus can hold", size)
	}
	g := s.group(module)
	size += itemOverhead
	if g.open != nil && g.size+size > s.limit {
		if err := s.flush(g); err != nil {
			return nil, err
		}
	}
	if g.open == nil {
		g.open = &chainv1.Events{Height: s.height, TimeUnixNano: s.time, Part: g.part}
		g.size = proto.Size(g.open)
	}
	g.size += size
	return g, nil
}

func (s *splitter) group(module string) *group {
	i := slices.IndexFunc(s.order, func(g *group) bool { return g.module == module })
	if i < 0 && len(s.order) >= maxModules && module != moduleCosmos && module != moduleTx {
		return s.group(moduleCosmos)
	}
	if i < 0 {
		i = len(s.order)
		s.order = append(s.order, &group{module: module})
	}
	return s.order[i]
}

// flush says a group's open part.
func (s *splitter) flush(g *group) error {
	if g.open == nil {
		return nil
	}
	full := g.open
	g.open, g.part = nil, g.part+1
	s.parts++
	return s.say(g.module, full)
}
