package llm

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// maxText bounds a text, in bytes; a longer one is none.
const maxText = 128

// maxCount bounds a count of tokens; more is no count.
const maxCount = 1 << 32

// kind is what a JSON value is.
type kind uint8

const (
	isNull kind = iota
	isTrue
	isFalse
	isNumber
	isString
	isContainer
)

// value is a JSON value at a known path.
type value struct {
	kind kind
	raw  []byte // of a number or string, without quotes; valid until the next byte is read
	long bool   // raw is not all of it
}

// document is what one JSON document said.
type document struct {
	counts  [countFields]uint64
	said    uint32 // bit f: counts[f] was said
	bad     bool   // something that should be a count is none: nobody knows what the others mean
	model   string
	finish  string
	status  string
	object  string
	content bool // it has some of the answer's text in it

	stream, wantsUsage bool
}

// set notes a value. A later one for the same field stands over an earlier one; null and empty texts say nothing.
func (d *document) set(f field, v value) {
	switch f {
	case ofModel:
		d.model = or(v.text(), d.model)
	case ofFinish:
		d.finish = or(v.text(), d.finish)
	case ofStatus:
		d.status = or(v.text(), d.status)
	case ofObject:
		d.object = or(v.text(), d.object)
	case ofContent:
		d.content = d.content || v.kind == isString && len(v.raw) > 0
	case ofStream:
		d.stream = v.kind == isTrue
	case ofWantsUsage:
		d.wantsUsage = v.kind == isTrue
	default:
		d.count(f, v)
	}
}

func (d *document) count(f field, v value) {
	if v.kind == isNull {
		return
	}
	n, err := strconv.ParseUint(string(v.raw), 10, 64)
	if v.kind != isNumber || v.long || err != nil || n > maxCount {
		d.bad = true
		return
	}
	d.counts[f] = n
	d.said |= 1 << f
}

// finishReason is the document's word on why the answer ended.
func (d *document) finishReason() string {
	if d.finish != "" {
		return d.finish
	}
	if d.object != "response" || d.status == "in_progress" || d.status == "queued" {
		return ""
	}
	return d.status
}

// text is the string's text, empty when there is none that we would keep.
func (v value) text() string {
	if v.kind != isString || v.long {
		return ""
	}
	s, ok := unquote(v.raw)
	if !ok || len(s) > maxText {
		return ""
	}
	return s
}

// unquote resolves what is escaped, and replaces what is no UTF-8.
func unquote(raw []byte) (string, bool) {
	if bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return string(raw), true
	}
	var s string
	err := json.Unmarshal(append(append([]byte{'"'}, raw...), '"'), &s)
	return s, err == nil
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
