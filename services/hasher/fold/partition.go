package fold

import (
	"errors"
	"fmt"
	"math"

	foldv1 "github.com/lodeworks/lode/proto/gen/go/fold/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
)

// Partition is everything known of one partition of the relay log. One goroutine at a time may use it.
type Partition struct {
	mine   func(Key) bool // whether a session belongs to this partition
	trees  map[Key]*tree
	spans  map[int64]*span // by session end height
	folded uint64          // every message of the partition up to here is folded
	soon   int64           // no session that is not sealed has its claim window open at a height below this

	loading     []*foldv1.Commit // a step of which there is more to come
	loadingFrom uint64           // its first message

	known   map[string]*relayv1.Terms // decoded, by their bytes
	group   group                     // room
	hashing hashing                   // room; empty between groups
	of      []*tree                   // room: the trees of a group's terms

	Totals
	// Unstored is what was folded since the last step of the fold log.
	Unstored struct {
		Bytes  int // of the relay log
		Relays int
		Leaves int
	}
}

// Totals count what was folded since this value was made, not what was loaded. Gone are relays of ended sessions.
// Relays = Mined + Filtered + Duplicate + Late + Gone.
type Totals struct{ Relays, Mined, Filtered, Duplicate, Late, Gone uint64 }

// span is the part of the log that belongs to one session end height.
type span struct {
	ahead uint64 // folded up to here, where that is farther than the partition
	first uint64 // sequence of the first step in the fold log that has something of it; 0: none yet
	open  int    // trees that have not ended
	trees []*tree
}

// ErrForeign is returned for a session that belongs to another partition: the log is divided into another number of
// partitions than this hasher was told. Folding on would make two trees of one session.
var ErrForeign = errors.New("a session lies in a partition that is not its own: is the number of partitions that of the relayers?")

// New is an empty partition. mine tells which sessions belong to it.
func New(mine func(Key) bool) *Partition {
	return &Partition{mine: mine, trees: map[Key]*tree{}, soon: math.MaxInt64, spans: map[int64]*span{}, known: map[string]*relayv1.Terms{}}
}

// Message is one message of the partition's part of the relay log.
type Message struct {
	EndHeight int64
	Sequence  uint64
	Data      []byte // not kept
}

// Fold adds one message of the log. On an error nothing of it is added. A message that is folded already changes
// nothing.
func (p *Partition) Fold(m Message) error {
	if m.Sequence <= p.Position(m.EndHeight) {
		return nil
	}
	if err := p.group.decode(m.Data); err != nil {
		return err
	}
	if err := p.match(m.EndHeight); err != nil {
		return err
	}
	for i, r := range p.group.relays {
		switch t := p.of[r.terms]; {
		case t.ended:
			p.Gone++
		case t.log(m.Sequence):
			p.hashing.add(t, r.relay, placeOf(m.Sequence, i))
		default:
			p.Late++
		}
	}
	p.hashing.flush()
	p.count(m)
	clear(p.of)
	return nil
}

// match finds the tree of each of the group's terms. Only when all are sound are trees made of new ones.
func (p *Partition) match(endHeight int64) error {
	terms := make([]*relayv1.Terms, len(p.group.terms))
	for i, raw := range p.group.terms {
		t, err := p.terms(raw)
		if err != nil {
			return err
		}
		if t.EndHeight != endHeight {
			return fmt.Errorf("terms of session %s end at height %d, in the log of %d", t.SessionId, t.EndHeight, endHeight)
		}
		if !p.mine(KeyOf(t)) {
			return fmt.Errorf("session %s of supplier %s: %w", t.SessionId, t.Supplier, ErrForeign)
		}
		terms[i] = t
	}
	for i, r := range p.group.relays {
		if r.terms >= uint64(len(terms)) {
			return fmt.Errorf("relay %d names terms %d of %d", i, r.terms, len(terms))
		}
	}
	p.of = p.of[:0]
	for _, t := range terms {
		p.of = append(p.of, p.tree(t))
	}
	return nil
}

// tree returns the tree of the terms, a new one if there is none. Should one session come with two terms, those that
// are first in the log stand.
func (p *Partition) tree(terms *relayv1.Terms) *tree {
	k := KeyOf(terms)
	if t := p.trees[k]; t != nil {
		return t
	}
	t := newTree(terms)
	t.dirty = true
	p.soon = min(p.soon, terms.ClaimOpenHeight)
	p.trees[k] = t
	s := p.span(terms.EndHeight)
	s.trees = append(s.trees, t)
	s.open++
	return t
}

func (p *Partition) span(endHeight int64) *span {
	s := p.spans[endHeight]
	if s == nil {
		s = &span{}
		p.spans[endHeight] = s
	}
	return s
}

func (p *Partition) count(m Message) {
	n, of := len(p.group.relays), &p.hashing.counts
	p.Relays += uint64(n)
	p.Mined += of.mined
	p.Filtered += of.filtered
	p.Duplicate += of.duplicate
	p.Unstored.Bytes += len(m.Data)
	p.Unstored.Relays += n
	p.Unstored.Leaves += int(of.mined)
	*of = counts{}
}

// Reached notes that every message of the partition up to sequence is folded.
func (p *Partition) Reached(sequence uint64) {
	p.folded = max(p.folded, sequence)
	for end, s := range p.spans {
		if s.ahead <= p.folded {
			s.ahead = 0
		}
		if len(s.trees) == 0 && s.ahead == 0 {
			delete(p.spans, end)
		}
	}
}

// ReachedIn notes that every message of one end height up to sequence is folded.
func (p *Partition) ReachedIn(endHeight int64, sequence uint64) {
	if sequence > p.Position(endHeight) {
		p.span(endHeight).ahead = sequence
	}
}

// Folded is the position in the log up to which all of the partition is folded.
func (p *Partition) Folded() uint64 { return p.folded }

// Position is how far one end height is folded.
func (p *Partition) Position(endHeight int64) uint64 {
	if s := p.spans[endHeight]; s != nil {
		return max(p.folded, s.ahead)
	}
	return p.folded
}

// Leaves is how many leaves are in memory.
func (p *Partition) Leaves() (n int) {
	for _, t := range p.trees {
		n += len(t.places)
	}
	return n
}

// Ahead lists the end heights that are folded farther than the partition, with how far.
func (p *Partition) Ahead() map[int64]uint64 {
	ahead := map[int64]uint64{}
	for end, s := range p.spans {
		if s.ahead > p.folded {
			ahead[end] = s.ahead
		}
	}
	return ahead
}

// Has tells whether a session is here and has not ended.
func (p *Partition) Has(k Key) bool { return p.trees[k] != nil && !p.trees[k].ended }

// Logged is how many relays of a session count; 0 for one that is not here.
func (p *Partition) Logged(k Key) uint64 {
	if t := p.trees[k]; t != nil {
		return t.logged
	}
	return 0
}
