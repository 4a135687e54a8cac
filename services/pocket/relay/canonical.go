package relay

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// Canonical is a relay request in its one encoding, that is the bytes which the
// chain gets when it decodes the request and encodes it again. Its parts are
// where they were received; nobody may change those bytes while it is used. It
// is made by [CanonicalRequest]; the zero value is no request.
type Canonical struct {
	whole    []byte
	header   []byte // field session_header of the metadata, with its tag
	supplier []byte // field supplier_operator_address of the metadata, with its tag
	payload  []byte // field payload, with its tag
}

// CanonicalRequest returns the encoding that all sides hash of the request that
// raw decodes to. Mostly that is raw itself, which is then kept, not copied;
// otherwise the request is decoded and encoded again. Errors match [ErrDecode].
func CanonicalRequest(raw []byte) (Canonical, error) {
	if c, ok := scanRequest(raw); ok {
		return c, nil
	}
	req, err := DecodeRequest(raw)
	if err != nil {
		return Canonical{}, err
	}
	again, err := req.Marshal()
	if err != nil {
		return Canonical{}, fmt.Errorf("encode request again: %w", err)
	}
	c, ok := scanRequest(again)
	if !ok { // what the encoder writes is canonical: the tests hold us to that
		return Canonical{}, fmt.Errorf("encode request again: %w: not a fixed point", ErrDecode)
	}
	return c, nil
}

// Bytes returns the encoded request, with its signature. It must not be changed.
func (c Canonical) Bytes() []byte { return c.whole }

// Hash returns what [RequestHash] does of the decoded request, straight from
// the parts that are left when the signature is taken out. It does not allocate.
func (c Canonical) Hash() (sum [32]byte) {
	meta := len(c.header) + len(c.supplier)
	var buf [1 + binary.MaxVarintLen64]byte
	head := binary.AppendUvarint(append(buf[:0], tagFirst), uint64(meta))
	h := sha256.New()
	h.Write(head)
	h.Write(c.header)
	h.Write(c.supplier)
	h.Write(c.payload)
	h.Sum(sum[:0])
	return sum
}

// Tags of the fields that are read or written here: number<<3 | wire type.
const (
	tagFirst  = 1<<3 | 2
	tagSecond = 2<<3 | 2
	tagThird  = 3<<3 | 2
	tagFourth = 4 << 3 // a varint
	tagFifth  = 5 << 3 // a varint
)

// scanRequest splits b, if b is exactly what the official encoder makes of the
// request that b decodes to (relay.md §1.7). Otherwise ok is false.
func scanRequest(b []byte) (c Canonical, ok bool) {
	outer := wire{rest: b}
	meta, present := outer.message(tagFirst) // written even when it is empty
	if !present {
		return Canonical{}, false
	}
	c.payload = outer.rest
	outer.text(tagSecond)
	inner := wire{rest: meta}
	if header, present := inner.message(tagFirst); present && !cleanHeader(header) {
		return Canonical{}, false
	}
	c.header = meta[:len(meta)-len(inner.rest)]
	inner.text(tagSecond) // the signature
	c.supplier = inner.rest
	inner.text(tagThird)
	c.whole = b
	return c, outer.clean() && inner.clean()
}

// cleanHeader says whether b is exactly what the official encoder makes of the
// session header that b decodes to.
func cleanHeader(b []byte) bool {
	w := wire{rest: b}
	w.text(tagFirst)
	w.text(tagSecond)
	w.text(tagThird)
	w.number(tagFourth)
	w.number(tagFifth)
	return w.clean()
}
