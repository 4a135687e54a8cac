package llm

import "sync"

// Bounds of the scanner. A document that goes deeper is not read; a value of more than maxRaw bytes is cut: each byte
// of a text takes at most six, as \u0061, so what is cut is longer than any text that we keep.
const (
	maxDepth = 512
	maxPath  = 8 // depth of the deepest path in paths.go
	maxRaw   = 6 * maxText
)

// state is what the scanner expects next.
type state uint8

const (
	atValue    state = iota
	atFirst          // a value or ]
	atFirstKey       // a key or }
	atKey            // a key
	atColon          // :
	atNext           // a comma, ] or }; at depth 0 nothing more
	inString         // of a key or a value
	inEscape         // after a backslash
	inHex            // of \u0061; count says how many digits are left
	inWord           // of true, false or null; word is what is left
	inMinus          // digits must follow
	inZero           // no digit may follow
	inDigits         // of the integer part
	inDot            // digits must follow
	inFraction       // digits after the point
	inExponent       // a sign or digits must follow
	inSign           // digits must follow
	inPower          // digits of the exponent
	broken           // it is no JSON
)

// scanner reads one JSON document as its bytes come, by the grammar of encoding/json, and keeps of it what is at the
// paths it looks for. The zero state of everything but root is a document's beginning.
type scanner struct {
	root  *node
	state state

	depth   int
	arrays  [maxDepth / 64]uint64 // bit d: the container at depth d is an array
	path    [maxPath]*node        // place of the container at each depth; nil beyond what we look for
	at      *node                 // place of the value that is being read or comes next; nil: of no interest
	key     bool                  // the string that is being read is a key
	pending byte                  // hex digits left of \u0061
	word    string
	wordIs  kind

	keep bool // bytes of the value go to raw
	long bool
	raw  []byte
	room [maxRaw]byte

	doc document
}

func newScanner(root *node) *scanner {
	s := &scanner{root: root}
	s.reset()
	return s
}

// scanners are those of documents that are read at once: each is larger than most documents.
var scanners = sync.Pool{New: func() any { return new(scanner) }}

// readDocument reads a whole document; false when it is none.
func readDocument(root *node, text []byte) (document, bool) {
	s := scanners.Get().(*scanner)
	defer scanners.Put(s)
	s.root = root
	s.reset()
	s.write(text)
	return s.end()
}

func (s *scanner) reset() {
	s.state, s.depth, s.at, s.keep, s.doc = atValue, 0, s.root, false, document{}
}

// end returns the document and begins the next one. It is false when it was empty, incomplete or no JSON.
func (s *scanner) end() (document, bool) {
	if s.state >= inZero {
		s.endNumber()
	}
	ok, d := s.depth == 0 && s.state == atNext, s.doc
	s.reset()
	return d, ok
}

// write reads more of the document.
func (s *scanner) write(p []byte) {
	for i := 0; i < len(p) && s.state != broken; {
		if s.state == inString {
			i += s.plain(p[i:])
			continue
		}
		if s.step(p[i]) {
			i++
		}
	}
}

// plain reads a string up to what ends or escapes, and returns how much that was.
func (s *scanner) plain(p []byte) int {
	n := 0
	for n < len(p) && p[n] != '"' && p[n] != '\\' && p[n] >= ' ' {
		n++
	}
	s.hold(p[:n]...)
	if n == len(p) {
		return n
	}
	switch p[n] {
	case '"':
		s.endString()
	case '\\':
		s.hold('\\')
		s.state = inEscape
	default:
		s.state = broken
	}
	return n + 1
}

// hold keeps bytes of a value or key, if they are of interest.
func (s *scanner) hold(p ...byte) {
	if !s.keep {
		return
	}
	if room := cap(s.raw) - len(s.raw); len(p) > room {
		p, s.long = p[:room], true
	}
	s.raw = append(s.raw, p...)
}

// step reads one byte outside of a string's plain part. It is false when c ended a number and is to be read again.
func (s *scanner) step(c byte) bool {
	if s.state >= inMinus {
		return s.number(c)
	}
	if s.state < inString && (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
		return true
	}
	switch s.state {
	case atValue, atFirst:
		s.beginValue(c)
	case atFirstKey, atKey:
		s.beginKey(c)
	case atColon:
		s.expect(c == ':', atValue)
	case atNext:
		s.next(c)
	case inEscape:
		s.escape(c)
	case inHex:
		s.hex(c)
	case inWord:
		s.letter(c)
	}
	return true
}

// expect goes on to a state, if what was read allows it.
func (s *scanner) expect(ok bool, then state) {
	s.state = broken
	if ok {
		s.state = then
	}
}

// next reads what follows a value in its container.
func (s *scanner) next(c byte) {
	if s.depth == 0 {
		s.state = broken
		return
	}
	switch {
	case c == ',' && s.inArray():
		s.state, s.at = atValue, s.element()
	case c == ',':
		s.state = atKey
	case c == ']' && s.inArray(), c == '}' && !s.inArray():
		s.close()
	default:
		s.state = broken
	}
}
