package ring

import "errors"

var (
	// ErrMalformed is returned when bytes are not an encoded signature: wrong
	// length, no members, too many, or a value that is no scalar or no point.
	ErrMalformed = errors.New("malformed ring signature")

	// ErrNotMember is returned when a key inside the signature does not belong
	// to the expected ring.
	ErrNotMember = errors.New("ring signature has a key from outside the ring")

	// ErrInvalid is returned when a well-formed signature is not one of this
	// message.
	ErrInvalid = errors.New("ring signature does not verify")

	// ErrSigner is returned when a signer cannot be made from a key and a ring.
	ErrSigner = errors.New("unusable signing key or ring")
)
