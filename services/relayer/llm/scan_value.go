package llm

import "bytes"

// collect begins to keep bytes.
func (s *scanner) collect(keep bool) {
	s.keep, s.long, s.raw = keep, false, s.room[:0]
}

func (s *scanner) beginKey(c byte) {
	switch {
	case c == '"':
		s.key = true
		s.collect(s.container() != nil)
		s.state = inString
	case c == '}' && s.state == atFirstKey:
		s.close()
	default:
		s.state = broken
	}
}

func (s *scanner) beginValue(c byte) {
	s.collect(s.at != nil && s.at.field != ofNothing)
	switch {
	case c == '{' || c == '[':
		s.open(c == '[')
	case c == ']' && s.state == atFirst:
		s.close()
	case c == '"':
		s.key, s.state = false, inString
	case c == '-':
		s.hold(c)
		s.state = inMinus
	case c == '0':
		s.hold(c)
		s.state = inZero
	case '1' <= c && c <= '9':
		s.hold(c)
		s.state = inDigits
	case c == 't':
		s.beginWord("true", isTrue)
	case c == 'f':
		s.beginWord("false", isFalse)
	case c == 'n':
		s.beginWord("null", isNull)
	default:
		s.state = broken
	}
}

func (s *scanner) beginWord(word string, k kind) { s.state, s.word, s.wordIs = inWord, word[1:], k }

func (s *scanner) letter(c byte) {
	if s.word[0] != c {
		s.state = broken
		return
	}
	if s.word = s.word[1:]; s.word == "" {
		s.say(value{kind: s.wordIs})
		s.state = atNext
	}
}

func (s *scanner) endString() {
	if !s.key {
		s.say(value{kind: isString, raw: s.raw, long: s.long})
		s.state = atNext
		return
	}
	s.state, s.at = atColon, nil
	n := s.container()
	if n == nil || s.long {
		return
	}
	if bytes.IndexByte(s.raw, '\\') < 0 {
		s.at = n.children[string(s.raw)]
		return
	}
	if name, ok := unquote(s.raw); ok {
		s.at = n.children[name]
	}
}

func (s *scanner) escape(c byte) {
	s.hold(c)
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.state = inString
	case 'u':
		s.state, s.pending = inHex, 4
	default:
		s.state = broken
	}
}

func (s *scanner) hex(c byte) {
	s.hold(c)
	if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
		s.state = broken
		return
	}
	if s.pending--; s.pending == 0 {
		s.state = inString
	}
}
