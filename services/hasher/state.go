package hasher

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
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
	height int64
}

// span is the part of the log that belongs to one session end height.
type span struct {
	partitions map[string]uint64 // subject: last sequence seen
	open       map[key]bool      // sessions that have not ended
}

func newState() *state {
	return &state{trees: map[key]*tree{}, facts: map[key]*sessionv1.Sealed{}, ended: map[key]bool{}, spans: map[int64]*span{}}
}

// fold adds one group of the log.
func (s *state) fold(subject string, sequence uint64, g *relayv1.ServedGroup) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	trees := make([]*tree, len(g.Terms))
	for i, terms := range g.Terms {
		t, err := s.tree(subject, sequence, terms)
		if err != nil {
			return err
		}
		trees[i] = t
	}
	for i, r := range g.Relays {
		if int(r.Terms) >= len(trees) {
			return fmt.Errorf("relay %d of group %d names terms %d of %d", i, sequence, r.Terms, len(trees))
		}
		if t := trees[r.Terms]; t != nil {
			t.fold(r.Relay, place{sequence, uint32(i)})
		}
	}
	return nil
}

// tree returns the tree of the terms, nil when its session has ended.
func (s *state) tree(subject string, sequence uint64, terms *relayv1.Terms) (*tree, error) {
	k := keyOf(terms)
	sp := s.spans[terms.EndHeight]
	if sp == nil {
		sp = &span{partitions: map[string]uint64{}, open: map[key]bool{}}
		s.spans[terms.EndHeight] = sp
	}
	sp.partitions[subject] = max(sp.partitions[subject], sequence)
	if s.ended[k] {
		return nil, nil
	}
	if t := s.trees[k]; t != nil {
		return t, nil
	}
	t, err := newTree(terms)
	if err != nil {
		return nil, err
	}
	t.sealed = s.facts[k]
	s.trees[k] = t
	sp.open[k] = true
	return t, nil
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

// seal fixes the tree of k at the log position that is folded now, and returns the fact to be said.
func (s *state) seal(k key, height int64) *sessionv1.Sealed {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.trees[k]
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
// folded or sealed the session at another log position, it must fold again: errRefold.
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
	case t.sealed != nil && t.sealed.LogSequence != fact.LogSequence:
		return errRefold
	case t.sealed == nil && t.last > fact.LogSequence:
		return errRefold
	default:
		t.sealed = fact
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

// purgeable lists the parts of the log that nobody needs any more, by subject with the last sequence to remove.
func (s *state) purgeable() map[string]uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]uint64{}
	for _, sp := range s.spans {
		if len(sp.open) > 0 {
			continue
		}
		for subject, last := range sp.partitions {
			out[subject] = last
		}
	}
	return out
}

// purged notes that a subject's messages are removed.
func (s *state) purged(subject string, upTo uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for end, sp := range s.spans {
		if sp.partitions[subject] == upTo {
			delete(sp.partitions, subject)
		}
		if len(sp.partitions) == 0 && len(sp.open) == 0 {
			delete(s.spans, end)
		}
	}
}
