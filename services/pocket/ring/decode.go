package ring

import (
	"encoding/binary"
	"fmt"
	"slices"
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

// Signature is a decoded ring signature. It is immutable.
type Signature struct {
	c0      scalar
	image   PublicKey
	s       []scalar    // one per member
	members []PublicKey // at least one
}

// Members returns the keys inside the signature, in ring order, with repeats.
func (s *Signature) Members() []PublicKey { return slices.Clone(s.members) }

// KeyImage returns the signer's key image. All valid signatures of one private
// key have the same one.
func (s *Signature) KeyImage() PublicKey { return s.image }

// Encode returns the canonical encoding, 69 + 65·n bytes.
func (s *Signature) Encode() []byte {
	b := make([]byte, 0, headLen+memberLen*len(s.members))
	b = binary.BigEndian.AppendUint32(b, uint32(len(s.members)))
	b = appendScalar(b, &s.c0)
	b = append(b, s.image[:]...)
	for i := range s.members {
		b = appendScalar(b, &s.s[i])
		b = append(b, s.members[i][:]...)
	}
	return b
}

func appendScalar(b []byte, s *scalar) []byte {
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
	s, err := parse(b, strict)
	if err != nil {
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
func parse(b []byte, strict bool) (*Signature, error) {
	n, err := parseSize(b, strict)
	if err != nil {
		return nil, err
	}
	s := &Signature{s: make([]scalar, n), members: make([]PublicKey, n)}
	reduced := s.c0.SetByteSlice(b[4 : 4+scalarLen])
	copy(s.image[:], b[4+scalarLen:headLen])
	for i := range n {
		m := b[headLen+i*memberLen:][:memberLen]
		reduced = s.s[i].SetByteSlice(m[:scalarLen]) || reduced
		copy(s.members[i][:], m[scalarLen:])
	}
	if strict && reduced {
		return nil, fmt.Errorf("%w: a scalar is not below the group order", ErrMalformed)
	}
	return s, nil
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
