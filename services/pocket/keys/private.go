package keys

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/lodeworks/lode/services/pocket/curve"
	"github.com/lodeworks/lode/services/pocket/modn"
)

// ErrKey is returned when text or bytes are not a private key. It never quotes
// them.
var ErrKey = errors.New("not a private key: want 64 hex digits between 1 and the group order")

// Private is a private key. The zero value is no key; only [Private.IsZero] and
// printing may be used on it.
type Private struct {
	// key is a pointer so that packages which print values by reflection,
	// inside unexported fields, show an address in memory and no digits.
	key *secret
}

// secret is a private key, not 0, with its compressed public key.
type secret struct {
	scalar modn.Scalar
	public [33]byte
}

// NewPrivate returns the key of the big-endian number b, or [ErrKey].
func NewPrivate(b [32]byte) (Private, error) {
	scalar, below := modn.FromBytes(&b)
	if !below || scalar.IsZero() {
		return Private{}, ErrKey
	}
	p := curve.MulSecret(&scalar, curve.SecretGenerator())
	return Private{key: &secret{scalar: scalar, public: p.Compress()}}, nil
}

// ParseHex returns the key written as 64 hex digits, with or without 0x, in
// either case, with white space around it. The error is [ErrKey].
func ParseHex(text string) (Private, error) {
	text = strings.TrimPrefix(strings.TrimSpace(text), "0x")
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != 32 {
		return Private{}, ErrKey
	}
	defer clear(raw)
	return NewPrivate([32]byte(raw))
}

// IsZero reports whether p holds no key.
func (p Private) IsZero() bool { return p.key == nil }

// Secret returns the private number, big-endian. The caller must not print,
// log or store it.
func (p Private) Secret() [32]byte { return p.key.scalar.Bytes() }

// Public returns the compressed public key.
func (p Private) Public() [33]byte { return p.key.public }

// Address returns the account address, see [AddressOf].
func (p Private) Address() string { return AddressOf(p.Public()) }

// String returns a text that names the key by its address.
func (p Private) String() string {
	if p.IsZero() {
		return "private key (none)"
	}
	return "private key of " + p.Address()
}

// Format writes String for every verb.
func (p Private) Format(w fmt.State, _ rune) {
	// A failed write is the caller's to notice, on its own writer.
	_, _ = io.WriteString(w, p.String())
}

// LogValue returns String.
func (p Private) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalText returns String, so that encoders of configuration or JSON do not
// look inside. There is no way back.
func (p Private) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Local is a key in this process where one that may be elsewhere will do.
type Local struct{ Private }

// SignDigest signs at once and cannot fail.
func (l Local) SignDigest(_ context.Context, digest [32]byte) ([64]byte, error) {
	return l.Private.SignDigest(digest), nil
}
