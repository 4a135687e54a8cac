package ring

import "fmt"

// Verifier checks ring signatures. It remembers decoded points, so that later
// signatures of the same ring cost less. It is safe for concurrent use. The
// zero value works and remembers nothing.
type Verifier struct {
	// members holds keys of rings that callers named. The caller's chain data
	// bounds who can be in there.
	members cache[*member]
	// images holds key images. A sender chooses these bytes, so one is kept
	// only after it was part of a valid signature.
	images cache[*point]
}

// NewVerifier returns a Verifier that remembers up to entries ring members and
// as many key images (about 250 and 150 bytes each). With entries ≤ 0 it
// remembers nothing.
func NewVerifier(entries int) *Verifier {
	return &Verifier{members: newCache[*member](entries), images: newCache[*point](entries)}
}

// Verify checks that sig is a strictly encoded signature (see [Decode]) of msg
// whose keys all belong to members. The error matches [ErrMalformed],
// [ErrNotMember] or [ErrInvalid]. The cheap checks come first: no curve work is
// done for a signature with a key from outside the ring.
func (v *Verifier) Verify(msg [32]byte, sig []byte, members Set) error {
	return v.verify(msg, sig, members, true)
}

// VerifyLax is Verify by the chain's rule for encodings (see [DecodeLax]): it
// accepts every signature that the chain accepts in a proof.
func (v *Verifier) VerifyLax(msg [32]byte, sig []byte, members Set) error {
	return v.verify(msg, sig, members, false)
}

func (v *Verifier) verify(msg [32]byte, sig []byte, set Set, strict bool) error {
	s, err := parse(sig, strict)
	if err != nil {
		return err
	}
	for _, k := range s.members {
		if !set.Has(k) {
			return fmt.Errorf("%w: %s", ErrNotMember, k)
		}
	}
	members, image, err := v.points(s)
	if err != nil {
		return err
	}
	last, err := s.walk(msg, members, image, func(Step) {})
	if err != nil {
		return err
	}
	if !last.Equals(&s.c0) {
		return ErrInvalid
	}
	v.images.put(s.image, image)
	return nil
}

// points returns the decoded members and key image of s.
func (v *Verifier) points(s *Signature) ([]*member, *point, error) {
	image, err := v.image(s.image)
	if err != nil {
		return nil, nil, err
	}
	members := make([]*member, len(s.members))
	for i, k := range s.members {
		if members[i], err = v.member(k); err != nil {
			return nil, nil, err
		}
	}
	return members, image, nil
}

func (v *Verifier) member(k PublicKey) (*member, error) {
	if m, ok := v.members.get(k); ok {
		return m, nil
	}
	m, err := newMember(k)
	if err != nil {
		return nil, err
	}
	v.members.put(k, m)
	return m, nil
}

func (v *Verifier) image(k PublicKey) (*point, error) {
	if p, ok := v.images.get(k); ok {
		return p, nil
	}
	p, err := decodePoint(k)
	if err != nil {
		return nil, fmt.Errorf("%w: key image: %w", ErrMalformed, err)
	}
	return p, nil
}
