package relay

// wire reads a message as the official encoder writes it: fields in ascending
// order, each at most once, varints in their shortest form. At the first byte
// that the encoder would not have written it goes bad. It never reads past its
// bytes, and what it returns are parts of them.
type wire struct {
	rest []byte
	bad  bool
}

// clean says that all bytes were read, and are what the encoder writes.
func (w *wire) clean() bool { return !w.bad && len(w.rest) == 0 }

// message takes the length-delimited field with this tag, if it is next. It may
// be empty: the encoder writes a message that is present and empty.
func (w *wire) message(tag byte) (value []byte, present bool) {
	if w.bad || len(w.rest) == 0 || w.rest[0] != tag {
		return nil, false
	}
	size, n := shortVarint(w.rest[1:])
	body := w.rest[1+n:]
	if n == 0 || size > uint64(len(body)) {
		w.bad = true
		return nil, false
	}
	w.rest = body[size:]
	return body[:size], true
}

// text skips the string or bytes field with this tag, if it is next. The
// encoder leaves out empty ones.
func (w *wire) text(tag byte) {
	if value, present := w.message(tag); present && len(value) == 0 {
		w.bad = true
	}
}

// number skips the varint field with this tag, if it is next. The encoder
// leaves out zero.
func (w *wire) number(tag byte) {
	if w.bad || len(w.rest) == 0 || w.rest[0] != tag {
		return
	}
	value, n := shortVarint(w.rest[1:])
	if value == 0 { // or not read
		w.bad = true
		return
	}
	w.rest = w.rest[1+n:]
}

// maxVarint is the length of the longest 64-bit varint; its last byte has one
// bit.
const maxVarint = 10

// shortVarint reads a varint and its length, which is 0 if there is none or if
// it could be written shorter; then the value is 0 as well.
func shortVarint(b []byte) (value uint64, n int) {
	for i := 0; i < len(b) && i < maxVarint; i++ {
		c := b[i]
		if c >= 0x80 {
			value |= uint64(c&0x7f) << (7 * i)
			continue
		}
		if i > 0 && c == 0 || i == maxVarint-1 && c > 1 {
			return 0, 0
		}
		return value | uint64(c)<<(7*i), i + 1
	}
	return 0, 0
}
