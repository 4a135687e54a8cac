package ring

// Set is an immutable set of keys: the members that a ring may have. The zero
// value is empty and contains nothing.
type Set struct{ keys map[PublicKey]struct{} }

// NewSet returns the set of the given keys, repeats counted once. Keys are not
// checked to be points.
func NewSet(keys ...PublicKey) Set {
	m := make(map[PublicKey]struct{}, len(keys))
	for _, k := range keys {
		m[k] = struct{}{}
	}
	return Set{keys: m}
}

// Has reports whether k is in the set.
func (s Set) Has(k PublicKey) bool {
	_, ok := s.keys[k]
	return ok
}

// Len returns the number of different keys.
func (s Set) Len() int { return len(s.keys) }
