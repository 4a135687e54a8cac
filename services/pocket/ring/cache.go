package ring

import lru "github.com/hashicorp/golang-lru/v2"

// cache is a bounded, concurrent map from compressed keys that drops what was
// used longest ago. The zero value holds nothing.
type cache[V any] struct{ lru *lru.Cache[PublicKey, V] }

func newCache[V any](entries int) cache[V] {
	if entries <= 0 {
		return cache[V]{}
	}
	c, err := lru.New[PublicKey, V](entries)
	if err != nil {
		return cache[V]{} // only for a size that is not positive
	}
	return cache[V]{lru: c}
}

func (c cache[V]) get(k PublicKey) (v V, ok bool) {
	if c.lru == nil {
		return v, false
	}
	return c.lru.Get(k)
}

func (c cache[V]) put(k PublicKey, v V) {
	if c.lru != nil {
		c.lru.Add(k, v)
	}
}
