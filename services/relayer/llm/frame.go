package llm

import "bytes"

// writeLines reads documents that are each on a line.
func (r *Reader) writeLines(p []byte) {
	for {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			r.scan.write(p)
			return
		}
		r.scan.write(p[:end])
		r.endDocument()
		p = p[end+1:]
	}
}

// line is where we are in a line of server-sent events. Of a line's name only the place in "data" is kept.
type line struct {
	is  lineKind
	at  int  // bytes of the name read
	cut bool // the last byte was a carriage return: a newline now belongs to it
}

type lineKind uint8

const (
	inName  lineKind = iota // it may become a data line
	inData                  // what follows is data
	inOther                 // a comment or another field
)

const dataName = "data"

// writeEvents reads server-sent events, as the WHATWG's HTML standard cuts them: lines end with CR, LF or both, the
// data lines of an event are joined by newlines, an empty line ends it.
func (r *Reader) writeEvents(p []byte) {
	for len(p) > 0 {
		if r.line.cut && p[0] == '\n' {
			r.line.cut, p = false, p[1:]
			continue
		}
		r.line.cut = false
		if r.line.is == inName && p[0] != '\r' && p[0] != '\n' {
			r.name(p[0])
			p = p[1:]
			continue
		}
		end := bytes.IndexAny(p, "\r\n")
		if end < 0 {
			end = len(p)
		}
		if r.line.is == inData {
			r.scan.write(p[:end])
		}
		if end == len(p) {
			return
		}
		r.endLine(p[end])
		p = p[end+1:]
	}
}

// name reads one byte of the field's name.
func (r *Reader) name(c byte) {
	switch at := r.line.at; {
	case at < len(dataName) && c == dataName[at]:
		r.line.at++
	case at == len(dataName) && c == ':':
		r.line.is = inData
	default:
		r.line.is = inOther
	}
}

func (r *Reader) endLine(c byte) {
	if r.line.is == inName && r.line.at == 0 {
		r.endDocument()
	}
	if r.line.is == inData {
		r.scan.write([]byte{'\n'})
	}
	r.line = line{cut: c == '\r'}
}
