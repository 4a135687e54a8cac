package ring

import (
	"fmt"
	"io"
	"slices"

	secp "github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// Signer signs messages for one ring with one private key. It is immutable and
// safe for concurrent use. It prints as its public key only. See the package
// comment for what is not constant time.
type Signer struct {
	x       scalar // the private key, never zero
	at      int    // the signer's place in the ring
	keys    []PublicKey
	members []*member // one per key
	image   *point
	imageID PublicKey // image, encoded
}

// NewSigner returns a Signer for the private key priv (big-endian) and the ring
// of members, in ring order. The ring has 2 to [MaxMembers] members, which may
// repeat, and contains the signer's key. Errors match [ErrSigner].
func NewSigner(priv [32]byte, members []PublicKey) (*Signer, error) {
	s := &Signer{keys: slices.Clone(members)}
	if n := len(members); n < 2 || n > MaxMembers {
		return nil, fmt.Errorf("%w: %d members, from 2 to %d are possible", ErrSigner, n, MaxMembers)
	}
	if s.x.SetBytes(&priv) != 0 || s.x.IsZero() {
		return nil, fmt.Errorf("%w: the private key is not between 1 and the group order", ErrSigner)
	}
	if err := s.decodeMembers(); err != nil {
		return nil, err
	}
	return s, s.locate()
}

func (s *Signer) decodeMembers() error {
	s.members = make([]*member, len(s.keys))
	for i, k := range s.keys {
		m, err := newMember(k)
		if err != nil {
			return fmt.Errorf("%w: member %d: %w", ErrSigner, i, err)
		}
		s.members[i] = m
	}
	return nil
}

// locate finds the signer in the ring and computes its key image.
func (s *Signer) locate() error {
	var pub, image point
	secp.ScalarBaseMultNonConst(&s.x, &pub)
	pub.ToAffine()
	own := compress(&pub, new(secp.FieldVal).SetInt(1))
	s.at = slices.Index(s.keys, own)
	if s.at < 0 {
		return fmt.Errorf("%w: the ring lacks the signer's key %s", ErrSigner, own)
	}
	secp.ScalarMultNonConst(&s.x, s.members[s.at].h, &image)
	image.ToAffine()
	s.image = &image
	s.imageID = compress(&image, new(secp.FieldVal).SetInt(1))
	return nil
}

// PublicKey returns the signer's own key.
func (s *Signer) PublicKey() PublicKey { return s.keys[s.at] }

// KeyImage returns the key image that all signatures of this key carry.
func (s *Signer) KeyImage() PublicKey { return s.imageID }

// Format prints the public key for every verb, never the private one.
func (s *Signer) Format(w fmt.State, _ rune) {
	fmt.Fprintf(w, "ring.Signer(%s)", s.PublicKey())
}

// Sign returns an encoded signature of msg, 69 + 65·n bytes. It reads 32 bytes
// from rand, normally crypto/rand.Reader, and mixes them with the private key
// and the message: even a source that repeats itself does not reveal the key.
// It fails when rand does.
func (s *Signer) Sign(msg [32]byte, rand io.Reader) ([]byte, error) {
	nonces, err := newNonces(s, msg, rand)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	sig := &Signature{image: s.imageID, members: s.keys, s: make([]scalar, len(s.keys))}
	u := nonces.next()
	defer u.Zero()
	c, err := s.open(&msg, &u)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	for k := 1; k < len(s.keys); k++ {
		i := (s.at + k) % len(s.keys)
		sig.keep(i, &c)
		sig.s[i] = nonces.next()
		l, r := s.members[i].commit(&sig.s[i], &c, s.image)
		if c, err = challenge(&msg, &l, &r); err != nil {
			return nil, fmt.Errorf("sign: %w", err)
		}
	}
	sig.keep(s.at, &c)
	sig.s[s.at] = s.close(&u, &c)
	return sig.Encode(), nil
}

// open returns the challenge after the signer: HS(m ‖ u·G ‖ u·Hp(P)).
func (s *Signer) open(msg *[32]byte, u *scalar) (scalar, error) {
	var l, r point
	secp.ScalarBaseMultNonConst(u, &l)
	secp.ScalarMultNonConst(u, s.members[s.at].h, &r)
	el, er := encodePair(&l, &r)
	return challenge(msg, &el, &er)
}

// close returns u − c·x, which makes the chain of challenges a ring.
func (s *Signer) close(u, c *scalar) scalar {
	var out scalar
	out.Mul2(c, &s.x).Negate().Add(u)
	return out
}

// keep stores the challenge of the first member.
func (s *Signature) keep(i int, c *scalar) {
	if i == 0 {
		s.c0 = *c
	}
}
