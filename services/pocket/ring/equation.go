package ring

import (
	"fmt"

	secp "github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// member is what the equation needs of one ring member.
type member struct {
	p *point // its key P
	h *point // Hp(P)
}

func newMember(k PublicKey) (*member, error) {
	p, err := decodePoint(k)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	h, err := hashToPoint(k)
	if err != nil {
		return nil, err
	}
	return &member{p: p, h: h}, nil
}

// commit returns L = s·G + c·P and R = s·Hp(P) + c·I, encoded.
func (m *member) commit(s, c *scalar, image *point) (PublicKey, PublicKey) {
	var sg, cp, l, sh, ci, r point
	secp.ScalarBaseMultNonConst(s, &sg)
	secp.ScalarMultNonConst(c, m.p, &cp)
	secp.AddNonConst(&sg, &cp, &l)
	secp.ScalarMultNonConst(s, m.h, &sh)
	secp.ScalarMultNonConst(c, image, &ci)
	secp.AddNonConst(&sh, &ci, &r)
	return encodePair(&l, &r)
}

// Step is one member's part of the equation.
type Step struct {
	L, R PublicKey // compressed; infinity is 02 and 32 zero bytes
	Next [32]byte  // the challenge HS(m ‖ L ‖ R), for the next member
}

// walk runs the equation over all members, tells visit each step, and returns
// the last challenge.
func (s *Signature) walk(msg [32]byte, members []*member, image *point, visit func(Step)) (scalar, error) {
	c := s.c0
	for i, m := range members {
		l, r := m.commit(&s.s[i], &c, image)
		next, err := challenge(&msg, &l, &r)
		if err != nil {
			return c, err
		}
		visit(Step{L: l, R: r, Next: next.Bytes()})
		c = next
	}
	return c, nil
}

// Trace returns the steps of the equation for msg, to show where a signature
// that does not verify goes wrong. The signature is valid when the last Next is
// its first challenge.
func (s *Signature) Trace(msg [32]byte) ([]Step, error) {
	members, image, err := new(Verifier).points(s)
	if err != nil {
		return nil, err
	}
	steps := make([]Step, 0, len(members))
	_, err = s.walk(msg, members, image, func(st Step) { steps = append(steps, st) })
	return steps, err
}
