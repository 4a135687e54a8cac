package ring

import (
	"github.com/lodeworks/lode/services/pocket/curve"
	"github.com/lodeworks/lode/services/pocket/modn"
)

// Step is one member's part of the equation.
type Step struct {
	L, R PublicKey // compressed; infinity is 02 and 32 zero bytes
	Next [32]byte  // the challenge HS(m ‖ L ‖ R), for the next member
}

// equation computes the steps of one signature, in order: step k is that of
// member (first + k) modulo the ring's size.
type equation struct {
	*points
	s     *Signature
	first int
	steps int // how many there will be
	// sh[k] is the product s·Hp(P) of step k, for members without tables. It
	// does not depend on the challenge, so some are made ahead, two beside each
	// step's own two.
	sh    []curve.Point
	space [room]curve.Point
	made  int // how many of sh are made, or were not needed
}

// start makes e the equation of a signature.
func (e *equation) start(ps *points, s *Signature, first, steps int) {
	e.points, e.s, e.first, e.steps = ps, s, first, steps
	e.made, e.sh = 0, e.space[:0]
	if steps > room {
		e.sh = make([]curve.Point, 0, steps)
	}
}

// at is the member of step k.
func (e *equation) at(k int) int { return (e.first + k) % len(e.members) }

// step returns L = s·G + c·P and R = s·Hp(P) + c·I of step k.
func (e *equation) step(k int, c *modn.Scalar) (l, r PublicKey) {
	m, s := e.members[e.at(k)], &e.s.parts[e.at(k)].s
	p, h, image := m.p.table.Load(), m.h.table.Load(), e.image.table.Load()
	var pl, pr curve.Affine
	if p != nil && h != nil && image != nil {
		curve.Pair(&pl, &pr, s, c, curve.Generator(), p, h, image)
	} else {
		e.slowStep(&pl, &pr, k, c)
	}
	return pl.Compress(), pr.Compress()
}

// slowStep is a step without tables.
func (e *equation) slowStep(l, r *curve.Affine, k int, c *modn.Scalar) {
	m, s := e.members[e.at(k)], &e.s.parts[e.at(k)].s
	terms := [4]curve.Term{{K: c, P: &m.p.p}, {K: c, P: &e.image.p}}
	from := max(e.made, k)
	e.made = min(from+2, e.steps)
	for k := from; k < e.made; k++ {
		terms[2+k-from] = curve.Term{K: &e.s.parts[e.at(k)].s, P: &e.members[e.at(k)].h.p}
	}
	var out [4]curve.Point
	n := 2 + e.made - from
	curve.Products(out[:n], terms[:n])
	e.sh = append(e.sh[:from], out[2:n]...)
	curve.PairOf(l, r, s, c, &m.p.p, &m.h.p, &e.image.p, &out[0], &e.sh[k], &out[1])
}

// walk runs the steps from challenge c on and returns the last challenge. It
// tells visit the challenge of the next member after each step, and the step,
// unless visit is nil.
func (e *equation) walk(msg *[32]byte, c modn.Scalar, visit func(at int, c modn.Scalar, s Step)) (modn.Scalar, error) {
	for k := range e.steps {
		l, r := e.step(k, &c)
		var err error
		if c, err = challenge(msg, &l, &r); err != nil {
			return c, err
		}
		if visit != nil {
			visit(e.at(k+1), c, Step{L: l, R: r, Next: c.Bytes()})
		}
	}
	return c, nil
}

// Trace returns the steps of the equation for msg, to show where a signature
// that does not verify goes wrong. The signature is valid when the last Next is
// its first challenge.
func (s *Signature) Trace(msg [32]byte) (steps []Step, err error) {
	var ps points
	if err := ps.find(nil, s); err != nil {
		return nil, err
	}
	var e equation
	e.start(&ps, s, 0, len(s.parts))
	_, err = e.walk(&msg, s.c0, func(_ int, _ modn.Scalar, s Step) { steps = append(steps, s) })
	return steps, err
}
