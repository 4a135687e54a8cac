package indexer

import (
	"strings"
	"unicode/utf8"
)

// text returns s as valid UTF-8. Logs and attributes can hold what a transaction's sender wrote; protobuf strings
// must be UTF-8, and one bad byte must not stop the index.
func text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
