package admission

import (
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// Rates is a token bucket for each key of those used last. Who was dropped begins with a full bucket.
type Rates[K comparable] struct {
	limit   rate.Limit
	burst   int
	buckets *lru.Cache[K, *rate.Limiter] // nil: no limit
}

// NewRates allows each key perSecond events, and burst at once, 0 standing for twice perSecond. It remembers up to keys of
// them. No positive perSecond is no limit.
func NewRates[K comparable](perSecond float64, burst, keys int) *Rates[K] {
	r := &Rates[K]{limit: rate.Limit(perSecond), burst: burst}
	if perSecond <= 0 {
		return r
	}
	if burst <= 0 {
		r.burst = max(1, int(2*perSecond))
	}
	r.buckets, _ = lru.New[K, *rate.Limiter](max(1, keys)) // fails only for a size that is not positive
	return r
}

// Spent tells whether the key's bucket is empty. It changes nothing: who can name a key without being it can't spend what
// is the key's.
func (r *Rates[K]) Spent(key K) bool {
	if r.buckets == nil {
		return false
	}
	b, ok := r.buckets.Get(key)
	return ok && b.Tokens() < 1
}

// Take spends a token of the key, and tells whether there was one.
func (r *Rates[K]) Take(key K) bool {
	if r.buckets == nil {
		return true
	}
	b, ok := r.buckets.Get(key)
	if !ok {
		fresh := rate.NewLimiter(r.limit, r.burst)
		if have, was, _ := r.buckets.PeekOrAdd(key, fresh); was {
			fresh = have
		}
		b = fresh
	}
	return b.Allow()
}
