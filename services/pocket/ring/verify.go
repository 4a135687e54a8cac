package ring

import (
	"fmt"
	"sync"
)

// Verifier checks ring signatures. It is safe for concurrent use.
type Verifier struct{ cache *Cache }

// NewVerifier returns a Verifier that remembers points in cache, which may be
// nil.
func NewVerifier(cache *Cache) *Verifier { return &Verifier{cache: cache} }

// work is the memory of one verification.
type work struct {
	sig      Signature
	points   points
	equation equation
}

var works = sync.Pool{New: func() any { return new(work) }}

// Verify checks that sig is a strictly encoded signature (see [Decode]) of msg
// whose keys all belong to members. The error matches [ErrMalformed],
// [ErrNotMember] or [ErrInvalid]. The cheap checks come first: no curve work is
// done for a signature with a key from outside the ring.
func (v *Verifier) Verify(msg [32]byte, sig []byte, members Set) error {
	return v.verify(&msg, sig, members, true)
}

// VerifyLax is Verify by the chain's rule for encodings (see [DecodeLax]): it
// accepts every signature that the chain accepts in a proof.
func (v *Verifier) VerifyLax(msg [32]byte, sig []byte, members Set) error {
	return v.verify(&msg, sig, members, false)
}

func (v *Verifier) verify(msg *[32]byte, sig []byte, set Set, strict bool) error {
	w := works.Get().(*work)
	defer works.Put(w)
	if err := w.sig.parse(sig, strict); err != nil {
		return err
	}
	for i := range w.sig.parts {
		if k := &w.sig.parts[i].key; !set.Has(*k) {
			return fmt.Errorf("%w: %s", ErrNotMember, *k)
		}
	}
	if err := w.points.find(v.cache, &w.sig); err != nil {
		return err
	}
	w.equation.start(&w.points, &w.sig, 0, len(w.sig.parts))
	last, err := w.equation.walk(msg, w.sig.c0, nil)
	if err != nil {
		return err
	}
	if !last.Equal(&w.sig.c0) {
		return ErrInvalid
	}
	v.verified(&w.sig, &w.points)
	return nil
}

// verified notes the points of a valid signature.
func (v *Verifier) verified(s *Signature, ps *points) {
	if ps.image.uses.Load() == 0 {
		v.cache.keepImage(s.image, ps.image)
	}
	v.cache.used(ps.image)
	for _, m := range ps.members {
		v.cache.used(&m.p)
		v.cache.used(&m.h)
	}
}
