package relay

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	sdktypes "github.com/pokt-network/shannon-sdk/types"
	"google.golang.org/protobuf/encoding/protowire"
)

// limitHeaders bounds the headers of an encoded envelope. In both envelopes the
// map of headers, the Header inside a map entry and the values inside a Header
// have the field number 2.
func limitHeaders(envelope []byte) error {
	var names, values, size int
	for entry := range fieldsTwo(envelope) {
		names++
		size += len(entry)
		for header := range fieldsTwo(entry) {
			for range fieldsTwo(header) {
				values++
			}
		}
	}
	if names > MaxHeaders || values > MaxValues || size > MaxHeaderBytes {
		return fmt.Errorf("%w: %d headers with %d values, %d bytes", ErrLimit, names, values, size)
	}
	return nil
}

// fieldsTwo yields the contents of the fields with number 2 of an encoded
// message, up to the first byte that is malformed.
func fieldsTwo(b []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(b) > 0 {
			num, typ, tag := protowire.ConsumeTag(b)
			if tag < 0 {
				return
			}
			size := protowire.ConsumeFieldValue(num, typ, b[tag:])
			if size < 0 {
				return
			}
			if num == 2 && typ == protowire.BytesType {
				content, _ := protowire.ConsumeBytes(b[tag:])
				if !yield(content) {
					return
				}
			}
			b = b[tag+size:]
		}
	}
}

// presentHeaders returns h without nil entries, and never nil.
func presentHeaders(h map[string]*sdktypes.Header) map[string]*sdktypes.Header {
	if h == nil {
		return map[string]*sdktypes.Header{}
	}
	maps.DeleteFunc(h, func(_ string, v *sdktypes.Header) bool { return v == nil })
	return h
}

// cleanHeaders copies h with valid UTF-8 everywhere. If two names become equal
// by that, the one that sorts last stays, so that the result does not depend on
// the order of a map.
func cleanHeaders(h map[string]*sdktypes.Header) map[string]*sdktypes.Header {
	out := make(map[string]*sdktypes.Header, len(h))
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if v := h[name]; v != nil {
			out[validUTF8(name)] = &sdktypes.Header{Key: validUTF8(v.Key), Values: validValues(v.Values)}
		}
	}
	return out
}

func validValues(in []string) []string {
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = validUTF8(s)
	}
	return out
}

func validUTF8(s string) string { return strings.ToValidUTF8(s, string(utf8.RuneError)) }
