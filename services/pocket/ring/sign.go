package ring

import (
	"fmt"
	"io"
	"slices"

	"github.com/lodeworks/lode/services/pocket/curve"
	"github.com/lodeworks/lode/services/pocket/modn"
)

// Signer signs messages for one ring with one private key. It is immutable and
// safe for concurrent use. It prints as its public key only. See the package
// comment for what is constant time.
type Signer struct {
	x       modn.Scalar // the private key, never zero
	at      int         // the signer's place in the ring
	keys    []PublicKey
	points  points
	h       *curve.SecretTable // of Hp(P), for nonces
	imageID PublicKey
	cache   *Cache
}

// NewSigner returns a Signer for the private key priv (big-endian) and the ring
// of members, in ring order. The ring has 2 to [MaxMembers] members, which may
// repeat, and contains the signer's key. It shares points with others through
// cache, which may be nil. Errors match [ErrSigner].
func NewSigner(cache *Cache, priv [32]byte, members []PublicKey) (*Signer, error) {
	s := &Signer{keys: slices.Clone(members), cache: cache}
	if n := len(members); n < 2 || n > MaxMembers {
		return nil, fmt.Errorf("%w: %d members, from 2 to %d are possible", ErrSigner, n, MaxMembers)
	}
	var below bool
	if s.x, below = modn.FromBytes(&priv); !below || s.x.IsZero() {
		return nil, fmt.Errorf("%w: the private key is not between 1 and the group order", ErrSigner)
	}
	own := curve.MulSecret(&s.x, curve.SecretGenerator())
	s.at = slices.Index(s.keys, PublicKey(own.Compress()))
	if s.at < 0 {
		return nil, fmt.Errorf("%w: the ring lacks the signer's key %x", ErrSigner, own.Compress())
	}
	return s, s.decode()
}

// decode finds the points of the ring and the signer's key image.
func (s *Signer) decode() error {
	ring := Signature{image: s.keys[s.at]} // in its place; it is decoded below
	ring.setSize(len(s.keys))
	for i, k := range s.keys {
		ring.parts[i].key = k
	}
	if err := s.points.find(s.cache, &ring); err != nil {
		return fmt.Errorf("%w: %w", ErrSigner, err)
	}
	s.h = s.points.members[s.at].secretTable()
	image := curve.MulSecret(&s.x, s.h)
	s.imageID = image.Compress()
	if s.points.image = s.cache.image(s.imageID); s.points.image == nil {
		s.points.image = &base{p: image}
		s.cache.keepImage(s.imageID, s.points.image)
	}
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
	sig := Signature{image: s.imageID}
	sig.setSize(len(s.keys))
	u := nonces.next() // secret, unlike the other numbers
	defer clear(u[:])
	for i, k := range s.keys {
		sig.parts[i].key = k
		if i != s.at {
			sig.parts[i].s = nonces.next()
		}
	}
	c, err := s.open(&msg, &u)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if c, err = s.others(&msg, &sig, c); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	sig.parts[s.at].s = s.close(&u, &c)
	s.used()
	return sig.Encode(), nil
}

// open returns the challenge after the signer: HS(m ‖ u·G ‖ u·Hp(P)).
func (s *Signer) open(msg *[32]byte, u *modn.Scalar) (modn.Scalar, error) {
	l, r := curve.MulSecretPair(u, curve.SecretGenerator(), s.h)
	el, er := PublicKey(l.Compress()), PublicKey(r.Compress())
	return challenge(msg, &el, &er)
}

// others walks over the members after the signer, round to it, and returns its
// challenge. All that is used here becomes public with the signature.
func (s *Signer) others(msg *[32]byte, sig *Signature, c modn.Scalar) (modn.Scalar, error) {
	var e equation
	e.start(&s.points, sig, s.at+1, len(s.keys)-1)
	keepFirst := func(at int, c modn.Scalar, _ Step) {
		if at == 0 {
			sig.c0 = c
		}
	}
	keepFirst(e.at(0), c, Step{})
	return e.walk(msg, c, keepFirst)
}

// close returns u − c·x, which makes the chain of challenges a ring.
func (s *Signer) close(u, c *modn.Scalar) (out modn.Scalar) {
	out.Mul(c, &s.x)
	out.Neg(&out)
	out.Add(&out, u)
	return out
}

// used notes the points that a signature was made with.
func (s *Signer) used() {
	s.cache.used(s.points.image)
	for i, m := range s.points.members {
		if i != s.at {
			s.cache.used(&m.p)
			s.cache.used(&m.h)
		}
	}
}
