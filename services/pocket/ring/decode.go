package ring

import (
	"encoding/binary"
	"fmt"

	"github.com/lodeworks/lode/services/pocket/modn"
)

// MaxMembers is the largest ring that the strict decoder accepts. The work to
// verify is linear in the ring size, and repeating a key is free for a sender,
// so the bound is what one hostile request may cost. An application may
// delegate to far fewer gateways than this.
const MaxMembers = 64

const (
	scalarLen = 32
	keyLen    = 33
	headLen   = 4 + scalarLen + keyLen // ring size, challenge, key image
	memberLen = scalarLen + keyLen
)

// Signature is a decoded ring signature. It is immutable once parsed, and must
// not be copied.
type Signature struct {
	c0    modn.Scalar
	image PublicKey
	parts []part // at least one
	space [room]part
}

// part is a member's part of a signature.
type part struct {
	s   modn.Scalar
	key PublicKey
}

// Members returns the keys inside the signature, in ring order, with repeats.
func (s *Signature) Members() []PublicKey {
	keys := make([]PublicKey, len(s.parts))
	for i := range s.parts {
		keys[i] = s.parts[i].key
	}
	return keys
}

// KeyImage returns the signer's key image. All valid signatures of one private
// key have the same one.
func (s *Signature) KeyImage() PublicKey { return s.image }

// Encode returns the canonical encoding, 69 + 65·n bytes.
func (s *Signature) Encode() []byte {
	b := make([]byte, 0, headLen+memberLen*len(s.parts))
	b = binary.BigEndian.AppendUint32(b, uint32(len(s.parts)))
	b = appendScalar(b, &s.c0)
	b = append(b, s.image[:]...)
	for i := range s.parts {
		b = appendScalar(b, &s.parts[i].s)
		b = append(b, s.parts[i].key[:]...)
	}
	return b
}

func appendScalar(b []byte, s *modn.Scalar) []byte {
	raw := s.Bytes()
	return append(b, raw[:]...)
}

// Decode decodes a signature strictly: exactly 69 + 65·n bytes, n from 1 to
// [MaxMembers], scalars below the group order, and points of the curve. What it
// accepts, the chain decodes too, to the same values. Errors match
// [ErrMalformed].
func Decode(b []byte) (*Signature, error) { return decode(b, true) }

// DecodeLax decodes a signature as the chain does: bytes after the last member
// are ignored and scalars are reduced. It differs from the reference where that
// panics (fewer than 4 bytes, n = 0): it returns an error. The ring size is
// bounded by the length of b only, so the caller bounds that. Errors match
// [ErrMalformed].
func DecodeLax(b []byte) (*Signature, error) { return decode(b, false) }

func decode(b []byte, strict bool) (*Signature, error) {
	s := new(Signature)
	if err := s.parse(b, strict); err != nil {
		return nil, err
	}
	for _, k := range append(s.Members(), s.image) {
		if _, err := decodePoint(k); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
	}
	return s, nil
}

// parse cuts b into fields without any curve work: keys stay unchecked bytes.
func (s *Signature) parse(b []byte, strict bool) error {
	n, err := parseSize(b, strict)
	if err != nil {
		return err
	}
	s.setSize(n)
	var below, allBelow bool
	s.c0, allBelow = modn.FromBytes((*[32]byte)(b[4:]))
	copy(s.image[:], b[4+scalarLen:])
	for i := range s.parts {
		m := b[headLen+i*memberLen:][:memberLen]
		s.parts[i].s, below = modn.FromBytes((*[32]byte)(m))
		allBelow = allBelow && below
		copy(s.parts[i].key[:], m[scalarLen:])
	}
	if strict && !allBelow {
		return fmt.Errorf("%w: a scalar is not below the group order", ErrMalformed)
	}
	return nil
}

// setSize makes room for n members.
func (s *Signature) setSize(n int) {
	if n > len(s.space) {
		s.parts = make([]part, n)
	} else {
		s.parts = s.space[:n]
	}
}

// parseSize returns the ring size and makes sure that b holds as many members.
func parseSize(b []byte, strict bool) (int, error) {
	if len(b) < headLen+memberLen {
		return 0, fmt.Errorf("%w: %d bytes are too few", ErrMalformed, len(b))
	}
	n := uint64(binary.BigEndian.Uint32(b))
	want := headLen + memberLen*n
	switch {
	case n == 0:
		return 0, fmt.Errorf("%w: no members", ErrMalformed)
	case uint64(len(b)) < want:
		return 0, fmt.Errorf("%w: %d bytes for %d members", ErrMalformed, len(b), n)
	case strict && n > MaxMembers:
		return 0, fmt.Errorf("%w: %d members, at most %d", ErrMalformed, n, MaxMembers)
	case strict && uint64(len(b)) != want:
		return 0, fmt.Errorf("%w: %d bytes after the last member", ErrMalformed, uint64(len(b))-want)
	}
	return int(n), nil
}
