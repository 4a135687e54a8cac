package chlocal

import (
	"bytes"
	"strings"
)

// tokenKind is what a token is, as far as splitting statements needs to know.
type tokenKind uint8

const (
	tokenEnd    tokenKind = iota // nothing left
	tokenWord                    // keyword, bare identifier or number
	tokenQuoted                  // '…', "…", `…` or $tag$…$tag$; to the end when unclosed
	tokenPunct                   // any other single byte
)

// token is a piece of SQL: text[start:end].
type token struct {
	kind       tokenKind
	start, end int
}

// lexer walks SQL text token by token, skipping space and comments. It accepts
// any bytes and always moves forward.
type lexer struct {
	text []byte
	pos  int // next unread byte, 0 ≤ pos ≤ len(text)
}

// next returns the next token; tokenEnd for ever after the last one.
func (l *lexer) next() token {
	l.skipBlank()
	start := l.pos
	if start >= len(l.text) {
		return token{tokenEnd, len(l.text), len(l.text)}
	}
	kind := l.advance(l.text[start])
	return token{kind, start, l.pos}
}

func (l *lexer) advance(c byte) tokenKind {
	switch {
	case isWordByte(c):
		for l.pos < len(l.text) && isWordByte(l.text[l.pos]) {
			l.pos++
		}
		return tokenWord
	case c == '\'' || c == '"' || c == '`':
		l.skipQuoted(c)
		return tokenQuoted
	case c == '$' && l.skipHeredoc():
		return tokenQuoted
	default:
		l.pos++
		return tokenPunct
	}
}

// skipQuoted passes a quoted piece: a backslash escapes the next byte, a
// doubled quote stands for itself.
func (l *lexer) skipQuoted(quote byte) {
	for l.pos++; l.pos < len(l.text); l.pos++ {
		switch l.text[l.pos] {
		case '\\':
			l.pos++
		case quote:
			if l.pos+1 < len(l.text) && l.text[l.pos+1] == quote {
				l.pos++
				continue
			}
			l.pos++
			return
		}
	}
	l.pos = len(l.text)
}

// skipHeredoc passes $tag$…$tag$ and reports whether there was one.
func (l *lexer) skipHeredoc() bool {
	rest := l.text[l.pos:]
	n := 1
	for n < len(rest) && isWordByte(rest[n]) {
		n++
	}
	if n >= len(rest) || rest[n] != '$' {
		return false
	}
	tag := rest[:n+1]
	body := bytes.Index(rest[n+1:], tag)
	if body < 0 {
		return false
	}
	l.pos += n + 1 + body + len(tag)
	return true
}

func (l *lexer) skipBlank() {
	for l.pos < len(l.text) {
		rest := l.text[l.pos:]
		switch {
		case isSpace(rest[0]):
			l.pos++
		case bytes.HasPrefix(rest, []byte("--")), bytes.HasPrefix(rest, []byte("# ")), bytes.HasPrefix(rest, []byte("#!")):
			l.pos += lineLength(rest)
		case bytes.HasPrefix(rest, []byte("/*")):
			l.pos += blockCommentLength(rest)
		default:
			return
		}
	}
}

func lineLength(s []byte) int {
	if i := bytes.IndexByte(s, '\n'); i >= 0 {
		return i + 1
	}
	return len(s)
}

func blockCommentLength(s []byte) int {
	if i := bytes.Index(s[2:], []byte("*/")); i >= 0 {
		return i + 4
	}
	return len(s)
}

// is reports whether t is the keyword (given in upper case), in any case.
func (l *lexer) is(t token, keyword string) bool {
	return t.kind == tokenWord && strings.EqualFold(string(l.text[t.start:t.end]), keyword)
}

// isByte reports whether t is the single byte c.
func (l *lexer) isByte(t token, c byte) bool {
	return t.kind == tokenPunct && l.text[t.start] == c
}

func isSpace(c byte) bool {
	return c == ' ' || (c >= '\t' && c <= '\r')
}

func isWordByte(c byte) bool {
	return c == '_' || c >= 0x80 || isDigit(c) || (c|0x20 >= 'a' && c|0x20 <= 'z')
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
