package ring

import (
	"fmt"
	"sync/atomic"

	"github.com/lodeworks/lode/services/pocket/curve"
)

// member is what the equation needs of one ring member: its key P and Hp(P).
type member struct {
	p, h base
	// secret is a table of Hp(P) for the nonces of this member's signatures.
	secret atomic.Pointer[curve.SecretTable]
}

// secretTable returns the table for nonces, made at the first call.
func (m *member) secretTable() *curve.SecretTable {
	if t := m.secret.Load(); t != nil {
		return t
	}
	t := curve.NewSecretTable(&m.h.p)
	m.secret.Store(t)
	return t
}

// room is how many members a signature may have before verifying allocates.
const room = 8

// points are the bases of a signature.
type points struct {
	members []*member
	image   *base
	space   [room]*member
}

// find fills ps from the cache, and decodes what is not there.
func (ps *points) find(c *Cache, s *Signature) error {
	ps.members = ps.space[:0]
	missing := 0
	for i := range s.parts {
		m := c.member(s.parts[i].key)
		ps.members = append(ps.members, m)
		if m == nil {
			missing++
		}
	}
	ps.image = c.image(s.image)
	if missing == 0 && ps.image != nil {
		return nil
	}
	return ps.decode(c, s)
}

// decode fills the gaps of ps. All square roots of a round are taken together.
func (ps *points) decode(c *Cache, s *Signature) error {
	var d decoder
	if ps.image == nil {
		ps.image = new(base)
		if !d.key(s.image, &ps.image.p) {
			return fmt.Errorf("%w: key image %s is not a point", ErrMalformed, s.image)
		}
	}
	fresh := map[PublicKey]*member{}
	for i, m := range ps.members {
		if k := s.parts[i].key; m == nil {
			if fresh[k] == nil {
				fresh[k] = new(member)
				if !d.key(k, &fresh[k].p.p) {
					return fmt.Errorf("%w: key %s is not a point", ErrMalformed, k)
				}
				d.hash(k, &fresh[k].h.p)
			}
			ps.members[i] = fresh[k]
		}
	}
	if err := d.run(); err != nil {
		return err
	}
	for k, m := range fresh {
		c.keepMember(k, m)
	}
	return nil
}

// decoder collects points to be found.
type decoder struct {
	keys   []wanted
	hashes []hashing
}

// wanted is a key whose point is asked for.
type wanted struct {
	key       PublicKey
	candidate curve.Candidate
	to        *curve.Affine
}

// hashing is a hash to a point under way.
type hashing struct {
	search search
	to     *curve.Affine
}

// key asks for the point of k. It reports false if k cannot be one.
func (d *decoder) key(k PublicKey, to *curve.Affine) bool {
	c, ok := curve.ParseCandidate((*[33]byte)(&k))
	d.keys = append(d.keys, wanted{k, c, to})
	return ok
}

// hash asks for Hp(k).
func (d *decoder) hash(k PublicKey, to *curve.Affine) {
	d.hashes = append(d.hashes, hashing{newSearch(k), to})
}

// run finds all points. The first round takes the keys and a try or two of each
// hash, the later ones more tries of those that had no luck.
func (d *decoder) run() error {
	tries := min(2, curve.Lanes())
	for len(d.keys)+len(d.hashes) > 0 {
		candidates := make([]curve.Candidate, 0, len(d.keys)+tries*len(d.hashes))
		for i := range d.keys {
			candidates = append(candidates, d.keys[i].candidate)
		}
		for i := range d.hashes {
			for range tries {
				candidates = append(candidates, d.hashes[i].search.next())
			}
		}
		found := make([]curve.Affine, len(candidates))
		curve.Lift(found, candidates)
		if err := d.take(found, tries); err != nil {
			return err
		}
	}
	return nil
}

// take hands out what a round found and keeps the hashes that need another.
func (d *decoder) take(found []curve.Affine, tries int) error {
	for i, k := range d.keys {
		if found[i].IsInfinity() {
			return fmt.Errorf("%w: %s is not a point", ErrMalformed, k.key)
		}
		*k.to = found[i]
	}
	found, d.keys = found[len(d.keys):], nil
	var more []hashing
	for i, h := range d.hashes {
		if !h.take(found[i*tries : (i+1)*tries]) {
			more = append(more, h)
		}
		if h.search.tries >= hashTries {
			return h.search.failure()
		}
	}
	d.hashes = more
	return nil
}

// take keeps the first point of several tries.
func (h *hashing) take(found []curve.Affine) bool {
	for i := range found {
		if !found[i].IsInfinity() {
			*h.to = found[i]
			return true
		}
	}
	return false
}
