package fold

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	foldv1 "github.com/lodeworks/lode/proto/gen/go/fold/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// leafSize is a leaf in the fold log: its path, its hash and its place in the relay log. All leaves of a session weigh
// what its terms say.
const leafSize = 32 + 32 + 8

// maxLeaves bounds the leaves of one message of the fold log: 7 MiB.
const maxLeaves = 100_000

// Changes is the next step of the fold log: what differs from the last one, in as many messages as it takes. Call Stored
// when the log has them, before anything else changes.
func (p *Partition) Changes() []*foldv1.Commit {
	first := &foldv1.Commit{Folded: p.folded}
	for end, s := range p.spans {
		if s.ahead > p.folded {
			first.Ahead = append(first.Ahead, &foldv1.Ahead{EndHeight: end, Folded: s.ahead})
		}
	}
	step := []*foldv1.Commit{first}
	room := maxLeaves
	for _, t := range p.trees {
		if !t.dirty || t.ended {
			continue
		}
		for from, done := t.stored, false; !done; done = from == len(t.places) {
			if room == 0 {
				step[len(step)-1].More = true
				step, room = append(step, &foldv1.Commit{Folded: p.folded}), maxLeaves
			}
			n := min(room, len(t.places)-from)
			last := step[len(step)-1]
			last.Sessions = append(last.Sessions, t.changes(from, from+n))
			from, room = from+n, room-n
		}
	}
	return step
}

// changes is the session as it is now, of its leaves those from one to another.
func (t *tree) changes(from, to int) *foldv1.Session {
	s := &foldv1.Session{Terms: t.terms, Logged: t.logged, Filtered: t.filtered, Duplicate: t.duplicate}
	if t.sealed != nil {
		s.Sealed = withTerms(t.sealed, nil)
	}
	s.Leaves = make([]byte, 0, leafSize*(to-from))
	for i := from; i < to; i++ {
		l := t.set.Leaf(i)
		s.Leaves = append(append(s.Leaves, l.Path[:]...), l.Hash[:]...)
		s.Leaves = t.places[i].append(s.Leaves)
	}
	return s
}

// Stored notes that the fold log has the last Changes, from this sequence on.
func (p *Partition) Stored(sequence uint64) {
	for _, t := range p.trees {
		if !t.dirty {
			continue
		}
		t.dirty, t.stored = false, len(t.places)
		p.begins(t.terms.EndHeight, sequence)
	}
	p.Unstored.Bytes, p.Unstored.Relays, p.Unstored.Leaves = 0, 0, 0
}

// begins notes the first step that has something of an end height.
func (p *Partition) begins(endHeight int64, sequence uint64) {
	if s := p.span(endHeight); s.first == 0 {
		s.first = sequence
	}
}

// Needed is the first step of the fold log that is still needed; newest is the last one, which always is.
func (p *Partition) Needed(newest uint64) uint64 {
	needed := newest
	for _, s := range p.spans {
		if s.first > 0 {
			needed = min(needed, s.first)
		}
	}
	return needed
}

var errStep = errors.New("load step of the fold log")

// Load adds one message of the fold log, of which all are loaded in order, and nothing is folded before. What another
// owner left unfinished does not count.
func (p *Partition) Load(sequence uint64, c *foldv1.Commit) error {
	for _, s := range c.Sessions {
		if err := p.loadable(s); err != nil {
			return fmt.Errorf("%w: %w", errStep, err)
		}
	}
	if len(p.loading) == 0 || p.loading[0].Owner != c.Owner {
		p.loading, p.loadingFrom = nil, sequence
	}
	p.loading = append(p.loading, c)
	if c.More {
		return nil
	}
	for _, c := range p.loading {
		p.load(p.loadingFrom, c)
	}
	p.loading = nil
	return nil
}

func (p *Partition) load(sequence uint64, c *foldv1.Commit) {
	p.Reached(c.Folded)
	for _, a := range c.Ahead {
		p.ReachedIn(a.EndHeight, a.Folded)
	}
	for _, s := range c.Sessions {
		p.tree(s.Terms).load(s)
		p.begins(s.Terms.EndHeight, sequence)
	}
}

func (p *Partition) loadable(s *foldv1.Session) error {
	if s.Terms == nil {
		return errors.New("a session without terms")
	}
	if err := check(s.Terms); err != nil {
		return err
	}
	if len(s.Leaves)%leafSize != 0 {
		return fmt.Errorf("session %s: %d bytes of leaves", s.Terms.SessionId, len(s.Leaves))
	}
	if !p.mine(KeyOf(s.Terms)) {
		return fmt.Errorf("session %s of supplier %s: %w", s.Terms.SessionId, s.Terms.Supplier, ErrForeign)
	}
	return nil
}

func (t *tree) load(s *foldv1.Session) {
	for leaves := s.Leaves; len(leaves) > 0; leaves = leaves[leafSize:] {
		l := smst.Leaf{Path: smst.Path(leaves[:32]), Hash: [32]byte(leaves[32:64]), Weight: t.terms.ComputeUnitsPerRelay}
		if t.set.Add(l) {
			t.places = append(t.places, loadPlace(leaves[64:leafSize]))
		}
	}
	t.logged, t.filtered, t.duplicate = s.Logged, s.Filtered, s.Duplicate
	if s.Sealed != nil {
		t.sealed = withTerms(s.Sealed, t.terms)
		t.cut(t.sealed.LogSequence)
	}
	t.dirty, t.built, t.stored = false, nil, len(t.places)
}

// withTerms is a fact with other terms: the fold log keeps them beside it.
func withTerms(fact *sessionv1.Sealed, terms *relayv1.Terms) *sessionv1.Sealed {
	c := proto.CloneOf(fact)
	c.Terms = terms
	return c
}
