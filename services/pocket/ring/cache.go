package ring

import (
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/lodeworks/lode/services/pocket/curve"
)

// Cache remembers the points of rings for the verifiers and signers of a
// process, and for points in frequent use a table that makes their products
// several times as fast. It is bounded and drops what was used longest ago. It
// is safe for concurrent use. A nil *Cache remembers nothing.
type Cache struct {
	// members holds keys of rings that callers named. The caller's chain data
	// bounds who can be in there.
	members *lru.Cache[PublicKey, *member]
	// images holds key images. A sender chooses these bytes, so one is kept
	// only after it was part of a valid signature.
	images *lru.Cache[PublicKey, *base]
	// tables holds the bases that have a table.
	tables *lru.Cache[*base, struct{}]
}

// TableBytes is the memory that one table takes. A member of a ring comes to
// have two, a key image one.
const TableBytes = 256 << 10

// usesPerTable is after how many valid signatures a point gets its table, and
// how often its use is noted: a table costs about as much as it saves in so
// many products, so even a cache that is too small for the traffic, which
// makes and drops tables in turn, takes at most about twice the time.
const usesPerTable = 32

// NewCache returns a cache of up to points ring members and as many key images
// (about 300 bytes each), and of up to tables tables of [TableBytes]. Both must
// be positive.
func NewCache(points, tables int) (*Cache, error) {
	members, err := lru.New[PublicKey, *member](points)
	if err != nil {
		return nil, err
	}
	images, err := lru.New[PublicKey, *base](points)
	if err != nil {
		return nil, err
	}
	withTable, err := lru.NewWithEvict(tables, func(b *base, _ struct{}) { b.table.Store(nil) })
	if err != nil {
		return nil, err
	}
	return &Cache{members: members, images: images, tables: withTable}, nil
}

// base is a point that is multiplied. Its point never changes.
type base struct {
	p     curve.Affine
	uses  atomic.Uint32
	table atomic.Pointer[curve.Table] // nil until it is worth it
}

// used counts a use in a valid signature, and now and then makes the table or
// moves it to the front. Two that meet here may both make one; the last stays.
func (c *Cache) used(b *base) {
	if c == nil || b.uses.Add(1)%usesPerTable != 0 {
		return
	}
	if _, have := c.tables.Get(b); !have {
		b.table.Store(curve.NewTable(&b.p))
		c.tables.Add(b, struct{}{})
	}
}

func (c *Cache) member(k PublicKey) *member {
	if c == nil {
		return nil
	}
	m, _ := c.members.Get(k)
	return m
}

func (c *Cache) image(k PublicKey) *base {
	if c == nil {
		return nil
	}
	b, _ := c.images.Get(k)
	return b
}

func (c *Cache) keepMember(k PublicKey, m *member) {
	if c != nil {
		c.members.Add(k, m)
	}
}

// keepImage remembers a key image that is part of a valid signature.
func (c *Cache) keepImage(k PublicKey, b *base) {
	if c != nil {
		c.images.Add(k, b)
	}
}
