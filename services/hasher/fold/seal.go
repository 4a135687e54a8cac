package fold

import (
	"cmp"
	"math"
	"slices"
	"strings"

	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"google.golang.org/protobuf/proto"
)

// Due lists the end heights that have sessions to be sealed at height: claim window open, not sealed yet.
func (p *Partition) Due(height int64) (ends []int64) {
	if height < p.soon {
		return nil
	}
	p.soon = math.MaxInt64
	for end, s := range p.spans {
		for _, t := range s.trees {
			if !t.ended && t.sealed == nil {
				p.soon = min(p.soon, t.terms.ClaimOpenHeight)
			}
		}
		if slices.ContainsFunc(s.trees, func(t *tree) bool { return t.due(height) }) {
			ends = append(ends, end)
		}
	}
	slices.Sort(ends)
	return ends
}

func (t *tree) due(height int64) bool {
	return !t.ended && t.sealed == nil && height >= t.terms.ClaimOpenHeight
}

// Seal fixes the trees of an end height that are due at height, as they are now, and returns their facts.
func (p *Partition) Seal(endHeight, height int64) (facts []*sessionv1.Sealed) {
	for _, t := range p.span(endHeight).trees {
		if !t.due(height) {
			continue
		}
		t.sealed = &sessionv1.Sealed{
			Terms: t.terms, Logged: t.logged, Mined: t.mined(), Filtered: t.filtered, Duplicate: t.duplicate,
			LogSequence: p.Position(endHeight), SealedHeight: height,
		}
		if t.mined() > 0 {
			root := t.build().Root()
			t.sealed.Root = root[:]
		}
		t.dirty = true
		facts = append(facts, t.sealed)
	}
	slices.SortFunc(facts, func(a, b *sessionv1.Sealed) int {
		return cmp.Or(strings.Compare(a.Terms.SessionId, b.Terms.SessionId), strings.Compare(a.Terms.Supplier, b.Terms.Supplier))
	})
	return facts
}

// Sealed lists the facts of all sessions that are sealed and have not ended.
func (p *Partition) Sealed() (facts []*sessionv1.Sealed) {
	for _, t := range p.trees {
		if t.sealed != nil && !t.ended {
			facts = append(facts, t.sealed)
		}
	}
	return facts
}

// Adopt takes the fact that another hasher was first to say of a session. What lies behind its position leaves the
// tree; what lies before it and is not here yet still comes. It says whether anything has changed.
func (p *Partition) Adopt(fact *sessionv1.Sealed) bool {
	t := p.trees[KeyOf(fact.Terms)]
	if t == nil || t.ended || t.sealed != nil && proto.Equal(t.sealed, fact) {
		return false
	}
	t.sealed, t.built, t.dirty = fact, nil, true
	if p.Position(t.terms.EndHeight) >= fact.LogSequence {
		t.logged, t.filtered, t.duplicate = fact.Logged, fact.Filtered, fact.Duplicate
	}
	t.cut(fact.LogSequence)
	return true
}

// End forgets a session whose claim has ended, and says whether it was here.
func (p *Partition) End(k Key) bool {
	t := p.trees[k]
	if t == nil || t.ended {
		return false
	}
	t.end()
	p.span(t.terms.EndHeight).open--
	return true
}

// Ended lists the end heights of which every session has ended, with the position up to which their log is not needed
// any more.
func (p *Partition) Ended() map[int64]uint64 {
	ended := map[int64]uint64{}
	for end, s := range p.spans {
		if len(s.trees) > 0 && s.open == 0 {
			ended[end] = p.Position(end)
		}
	}
	return ended
}

// Forget drops an end height whose log is gone.
func (p *Partition) Forget(endHeight int64) {
	for _, t := range p.span(endHeight).trees {
		delete(p.trees, KeyOf(t.terms))
	}
	s := p.spans[endHeight]
	s.trees, s.open = nil, 0
	if s.ahead == 0 {
		delete(p.spans, endHeight)
	}
}

// Build makes the tries of all sealed sessions, so that their proofs are at hand.
func (p *Partition) Build() {
	for _, t := range p.trees {
		if t.sealed != nil && !t.ended {
			t.build()
		}
	}
}
