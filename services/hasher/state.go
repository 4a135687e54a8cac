package hasher

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/pocket/difficulty"
)

// state is everything the hasher knows, made from the bus alone; the methods of state are its transitions and
// touch no network. Guarded by mu.
type state struct {
	mu     sync.Mutex
	trees  map[key]*tree
	facts  map[key]*sessionv1.Sealed // sealed facts on the bus, until their session is forgotten
	ended  map[key]bool              // sessions whose claim ended: their relays are not folded again
	spans  map[int64]*span           // by session end height
	folded uint64                    // every log message up to here is folded

	hashing hashing // room for a group's relays; empty between groups
}

// span is the part of the log that belongs to one session end height.
type span struct {
	partitions map[string]uint64 // subject: last sequence seen
	open       map[key]bool      // sessions that have not ended
}

func newState() *state {
	return &state{trees: map[key]*tree{}, facts: map[key]*sessionv1.Sealed{}, ended: map[key]bool{}, spans: map[int64]*span{}}
}

// name is what can be a token of a subject: facts are said under supplier and session.
var name = regexp.MustCompile(`^[0-9A-Za-z_-]{1,128}$`)

// check finds the faults that make a group useless. It comes before fold, so that a group counts whole or not at all.
func check(g *relayv1.ServedGroup) error {
	for _, terms := range g.Terms {
		if !name.MatchString(terms.GetSupplier()) || !name.MatchString(terms.GetSessionId()) {
			return fmt.Errorf("terms of session %.100q for supplier %.100q: these are no names", terms.GetSessionId(), terms.GetSupplier())
		}
		if _, err := difficulty.Parse(terms.GetTargetHash()); err != nil {
			return fmt.Errorf("terms of session %s: %w", terms.GetSessionId(), err)
		}
	}
	for i, r := range g.Relays {
		if int64(r.GetTerms()) >= int64(len(g.Terms)) {
			return fmt.Errorf("relay %d names terms %d of %d", i, r.GetTerms(), len(g.Terms))
		}
	}
	return nil
}

// fold adds one group of the log. On an error nothing of it is added.
func (s *state) fold(subject string, sequence uint64, g *relayv1.ServedGroup) error {
	if err := check(g); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	trees := make([]*tree, len(g.Terms))
	for i, terms := range g.Terms {
		trees[i] = s.tree(subject, sequence, terms)
	}
	for i, r := range g.Relays {
		if t := trees[r.Terms]; t != nil && t.log(sequence) {
			s.hashing.add(t, r.Relay, place{sequence, uint32(i)})
		}
	}
	s.hashing.flush()
	return nil
}

// tree returns the tree of the terms, nil when its session has ended. Should one session come with two terms, those
// that are first in the log stand.
func (s *state) tree(subject string, sequence uint64, terms *relayv1.Terms) *tree {
	k := keyOf(terms)
	sp := s.spans[terms.EndHeight]
	if sp == nil {
		sp = &span{partitions: map[string]uint64{}, open: map[key]bool{}}
		s.spans[terms.EndHeight] = sp
	}
	sp.partitions[subject] = max(sp.partitions[subject], sequence)
	if s.ended[k] {
		return nil
	}
	if t := s.trees[k]; t != nil {
		return t
	}
	t := newTree(terms)
	t.sealed = s.facts[k]
	s.trees[k] = t
	sp.open[k] = true
	return t
}

// advance notes that the log is folded up to sequence.
func (s *state) advance(sequence uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.folded = max(s.folded, sequence)
}

// due lists the sessions that must be sealed at height: claim window open, not sealed yet.
func (s *state) due(height int64) []key {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []key
	for k, t := range s.trees {
		if t.sealed == nil && height >= t.terms.ClaimOpenHeight {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(strings.Compare(a.session, b.session), strings.Compare(a.supplier, b.supplier))
	})
	return keys
}

// position is the log sequence up to which every message is folded.
func (s *state) position() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.folded
}

// seal fixes the tree of k at the log position that is folded now, and returns the fact to be said. It is nil when
// another hasher's fact or the claim's end came in between.
func (s *state) seal(k key, height int64) *sessionv1.Sealed {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.trees[k]
	if t == nil || t.sealed != nil {
		return nil
	}
	boundary := max(s.folded, t.last) // groups are folded whole and in order: all up to here is in
	fact := &sessionv1.Sealed{
		Terms: t.terms, Logged: t.logged, Mined: t.mined(), Filtered: t.filtered, Duplicate: t.duplicate,
		LogSequence: boundary, SealedHeight: height,
	}
	if fact.Mined > 0 {
		root := t.build().Root()
		fact.Root = root[:]
	}
	t.sealed = fact
	return fact
}

// adopt takes a sealed fact from the bus, ours or that of another hasher that was first. Where this process has
// counted relays behind the fact's log position, or left out some before it, it must fold again: errRefold.
func (s *state) adopt(fact *sessionv1.Sealed) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := keyOf(fact.Terms)
	if s.ended[k] {
		return nil
	}
	s.facts[k] = fact
	t := s.trees[k]
	switch {
	case t == nil:
	case t.sealed != nil && t.sealed.LogSequence == fact.LogSequence:
		t.sealed = fact
	case t.late > 0 || t.last > fact.LogSequence:
		return errRefold
	default: // relays of this session up to the fact's position are in, or still to be folded
		t.sealed, t.built = fact, nil
	}
	return nil
}

// end forgets a session whose claim has ended.
func (s *state) end(k key, endHeight int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended[k] = true
	delete(s.trees, k)
	delete(s.facts, k)
	if sp := s.spans[endHeight]; sp != nil {
		delete(sp.open, k)
	}
}
