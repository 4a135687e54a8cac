package submitter

import (
	"fmt"
	"slices"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
)

// pace is how many claims and proofs landed in each of the last blocks in which some were waiting. It belongs to the loop.
type pace struct {
	height int64
	due    map[string]bool // what is waiting
	landed int             // since that height
	recent []int
}

const (
	paceBlocks = 20 // by which the pace is judged
	paceStill  = 2  // blocks in which nothing landed: the pace is nought whatever it was before
)

// see notes what is due at a height. What was due and is not any more has landed, or its window is over.
func (p *pace) see(height int64, due []*claimv1.Obligation) {
	now := map[string]bool{}
	for _, o := range due {
		now[paceKey(o)] = true
	}
	waited := len(p.due) > 0 || p.landed > 0
	for k := range p.due {
		if !now[k] {
			p.landed++
		}
	}
	if height > p.height {
		if waited {
			p.recent = append(p.recent, p.landed)
			p.recent = p.recent[max(0, len(p.recent)-paceBlocks):]
		}
		p.height, p.landed = height, 0
	}
	p.due = now
}

func paceKey(o *claimv1.Obligation) string {
	return fmt.Sprint(keyOf(o.Terms), o.Phase == claimv1.Phase_PHASE_SEALED)
}

// drop forgets what is not due any more without having landed.
func (p *pace) drop(o *claimv1.Obligation) { delete(p.due, paceKey(o)) }

// best is the most that one block has taken. It is not known until some blocks could have.
func (p *pace) best() (n int64, known bool) {
	if len(p.recent) < paceStill || slices.Max(p.recent[len(p.recent)-paceStill:]) == 0 {
		return 0, len(p.recent) >= paceStill
	}
	return int64(slices.Max(p.recent)), true
}

// missing is how many of what is due will not land in time when each block takes as many as the best one did, those
// with the nearest close first.
func (p *pace) missing(due []*claimv1.Obligation, height int64) (missing int) {
	best, known := p.best()
	if !known {
		return 0
	}
	lefts := make([]int64, 0, len(due))
	for _, o := range due {
		lefts = append(lefts, riskOf(o, height).left)
	}
	slices.Sort(lefts)
	landed := int64(0)
	for _, left := range lefts {
		if landed < best*left {
			landed++
		} else {
			missing++
		}
	}
	return missing
}

// forecast says what is due, what it is worth, and whether all of it will land.
func (s *Submitter) forecast(all map[string][]*claimv1.Obligation, height int64) {
	s.metrics.due.Reset()
	s.metrics.risk.Reset()
	s.metrics.left.Reset()
	var due []*claimv1.Obligation
	left := map[string]int64{}
	for _, list := range all {
		for _, o := range list {
			r, phase := riskOf(o, height), o.Phase.String()
			if o.Skip != nil {
				s.pace.drop(o)
			}
			if r.left == 0 {
				continue
			}
			due = append(due, o)
			s.metrics.due.WithLabelValues(phase).Inc()
			s.metrics.risk.WithLabelValues(phase).Add(r.upokt)
			if least, ok := left[phase]; !ok || r.left < least {
				left[phase] = r.left
			}
		}
	}
	for phase, blocks := range left {
		s.metrics.left.WithLabelValues(phase).Set(float64(blocks))
	}
	fresh := height > s.pace.height
	s.pace.see(height, due)
	missing := s.pace.missing(due, height)
	s.metrics.missing.Set(float64(missing))
	if missing > 0 && fresh {
		s.kit.Log.Error("not all that is due will land in time", "height", height, "due", len(due), "missing", missing)
	}
}
