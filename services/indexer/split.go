package indexer

import (
	"strings"

	"google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
)

// The two modules that are not a module of the chain.
const (
	moduleTx     = "tx"     // transactions with their results
	moduleCosmos = "cosmos" // all events that are not typed Pocket events
)

// part is one message of a height: some events of one module, or some transactions.
type part struct {
	module string
	events *chainv1.Events
}

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

// split groups a height's events by module and cuts each group into parts of at most limit encoded bytes. One event
// or transaction that is larger than the limit gets a part of its own; a transaction's raw bytes are left out then
// (its hash stays). Modules come in the order of their first event, transactions last.
func split(h height, limit int) []part {
	var order []string
	groups := map[string]*packer{}
	group := func(name string) *packer {
		p, seen := groups[name]
		if !seen {
			p = &packer{module: name, block: h.block, limit: limit}
			groups[name], order = p, append(order, name)
		}
		return p
	}
	for _, event := range h.events {
		p := group(module(event.Type))
		p.room(proto.Size(event))
		p.open.Events = append(p.open.Events, event)
	}
	for _, tx := range h.txs {
		if proto.Size(tx) > limit {
			tx = proto.CloneOf(tx)
			tx.Raw = nil
		}
		p := group(moduleTx)
		p.room(proto.Size(tx))
		p.open.Txs = append(p.open.Txs, tx)
	}
	var parts []part
	for _, name := range order {
		parts = append(parts, groups[name].parts...)
	}
	return parts
}

// packer fills the parts of one module.
type packer struct {
	module string
	block  *chainv1.Block
	limit  int
	open   *chainv1.Events // the last part, still filled
	size   int             // encoded bytes of open, a little overestimated
	parts  []part
}

// itemOverhead is the most that tag and length of one item of a part can take.
const itemOverhead = 8

// room makes sure that the open part can take one more item of size bytes.
func (p *packer) room(size int) {
	size += itemOverhead
	if p.open != nil && p.size+size <= p.limit {
		p.size += size
		return
	}
	p.open = &chainv1.Events{
		Height: p.block.Height, TimeUnixNano: p.block.TimeUnixNano, Part: uint32(len(p.parts)),
	}
	p.size = proto.Size(p.open) + size
	p.parts = append(p.parts, part{module: p.module, events: p.open})
}
