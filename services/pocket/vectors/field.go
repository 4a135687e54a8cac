package vectors

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
)

// Field is a field of a case that remembers whether the file had it. A JSON
// null counts as absent.
type Field[T any] struct {
	Set bool
	V   T
}

// UnmarshalJSON reads the value and marks the field as present.
func (f *Field[T]) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	if err := json.Unmarshal(b, &f.V); err != nil {
		return err
	}
	f.Set = true
	return nil
}

// Need returns the value; if the file lacks the field it records a failure
// that says so and returns false.
func (f Field[T]) Need(c *Case, name string) (T, bool) {
	if !f.Set {
		c.Errorf("field %s is missing", name)
	}
	return f.V, f.Set
}

// Hex is a byte string written as hex digits, without prefix, of even length.
type Hex []byte

// UnmarshalJSON reads a hex string, strictly.
func (h *Hex) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("hex field: %w", err)
	}
	raw, err := hex.DecodeString(s)
	if err != nil {
		return fmt.Errorf("hex field %q: %w", s, err)
	}
	*h = raw
	return nil
}

// Int is a 64-bit signed number, written as a JSON integer or as a decimal
// string (as numbers that may pass 2^53 are).
type Int int64

// UnmarshalJSON reads either form.
func (n *Int) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseInt(unquote(b), 10, 64)
	if err != nil {
		return fmt.Errorf("integer field: %w", err)
	}
	*n = Int(v)
	return nil
}

// Uint is a 64-bit unsigned number, written like [Int].
type Uint uint64

// UnmarshalJSON reads either form.
func (n *Uint) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseUint(unquote(b), 10, 64)
	if err != nil {
		return fmt.Errorf("unsigned field: %w", err)
	}
	*n = Uint(v)
	return nil
}

func unquote(b []byte) string {
	if len(b) >= 2 && b[0] == '"' && b[len(b)-1] == '"' {
		return string(b[1 : len(b)-1])
	}
	return string(b)
}
