package bench

import (
	"crypto/rand"
	"fmt"

	"github.com/lodeworks/lode/services/pocket/curve"
	"github.com/lodeworks/lode/services/pocket/ring"
)

// sign measures rings of two, three and five.
func (r *run) sign() error {
	for _, size := range []int{2, 3, 5} {
		g, err := newGroup("sign", size)
		if err != nil {
			return err
		}
		if err := r.signSize(&g); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) signSize(g *group) error {
	signer, err := warmSigner(g)
	if err != nil {
		return err
	}
	other, err := newOfficialSigner(g)
	if err != nil {
		return err
	}
	if err := r.signaturesAccepted(g, signer, &other); err != nil {
		return err
	}
	ways := []way{
		theirs(r.Messages, r.officialSign(&other)),
		theirs(r.Messages, r.officialSignFast(&other)),
		ours(r.Messages, r.coldSign(g)),
	}
	first := len(ways)
	for t := curve.Best(); t >= curve.Portable; t-- {
		ways = append(ways, way{t, r.Messages, r.oursSign(signer)})
	}
	costs, err := r.compare(ways...)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("sign, ring of %d", len(g.members))
	for i, c := range costs[first:] {
		r.report.add(fmt.Sprintf("%s, tables, %s", what, ways[first+i].tier), c, "ring-go", costs[0])
	}
	r.report.add(what+", tables", costs[first], "ring-go, with context", costs[1])
	r.report.add(what+", cold: signer made as well", costs[2], "ring-go", costs[0])
	if len(g.members) == 2 {
		r.figures.RingSign2 = figure(costs[first].times(costs[0]))
	}
	return nil
}

// warmSigner returns a signer that has all tables.
func warmSigner(g *group) (*ring.Signer, error) {
	cache, err := ring.NewCache(64, 64)
	if err != nil {
		return nil, err
	}
	s, err := ring.NewSigner(cache, g.signer.Secret(), g.members)
	if err != nil {
		return nil, err
	}
	for i := range warmUp {
		if _, err := s.Sign(message(i), rand.Reader); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// signaturesAccepted: each side verifies what the other signs, and both have the same key image.
func (r *run) signaturesAccepted(g *group, signer *ring.Signer, other *officialSigner) error {
	v := ring.NewVerifier(nil)
	for i := range min(r.Messages, 64) {
		m := message(i)
		mine, err := signer.Sign(m, rand.Reader)
		if err != nil {
			return err
		}
		if !officialVerdict(m, mine) {
			return errOfficialRefuses
		}
		s, err := other.ring.Sign(m, other.key)
		if err != nil {
			return err
		}
		yours, err := s.Serialize()
		if err != nil {
			return err
		}
		if err := v.Verify(m, yours, g.set); err != nil {
			return fmt.Errorf("we refuse the official library's signature: %w", err)
		}
		if decoded, err := ring.Decode(yours); err != nil || decoded.KeyImage() != signer.KeyImage() {
			return fmt.Errorf("%w about the key image: %w", errVerdicts, err)
		}
	}
	return nil
}

// oursSign is a pass of ours over the messages.
func (r *run) oursSign(s *ring.Signer) func() error {
	return r.forMessages(func(m [32]byte) error {
		_, err := s.Sign(m, rand.Reader)
		return err
	})
}

// coldSign makes a signer of its own for each message.
func (r *run) coldSign(g *group) func() error {
	return r.forMessages(func(m [32]byte) error {
		s, err := ring.NewSigner(nil, g.signer.Secret(), g.members)
		if err != nil {
			return err
		}
		_, err = s.Sign(m, rand.Reader)
		return err
	})
}

func (r *run) officialSign(o *officialSigner) func() error {
	return r.forMessages(func(m [32]byte) error {
		_, err := o.ring.Sign(m, o.key)
		return err
	})
}

// officialSignFast is ring-go's faster way, which keeps what does not depend on the message.
func (r *run) officialSignFast(o *officialSigner) func() error {
	context, err := o.ring.NewSignerContext(o.key)
	return r.forMessages(func(m [32]byte) error {
		if err != nil {
			return err
		}
		_, err := o.ring.SignWithContext(m, o.key, context)
		return err
	})
}

// forMessages is a pass over all messages.
func (r *run) forMessages(f func(m [32]byte) error) func() error {
	messages := make([][32]byte, r.Messages)
	for i := range messages {
		messages[i] = message(i)
	}
	return func() error {
		for _, m := range messages {
			if err := f(m); err != nil {
				return err
			}
		}
		return nil
	}
}
