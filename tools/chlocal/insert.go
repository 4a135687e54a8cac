package chlocal

// dataInsert is an "INSERT … FORMAT X" split where its data starts. All
// offsets are into the text it was found in: 0 < sourceAt ≤ dataAt ≤ len(text).
type dataInsert struct {
	sourceAt int // where "FROM INFILE …" belongs: before SETTINGS, else before FORMAT
	formatTo int // end of the format's name
	dataAt   int // first byte of the data
}

// findDataInsert looks for an INSERT whose data follows in a format, which is
// what clickhouse-go's PrepareBatch sends. INSERT … VALUES, INSERT … SELECT
// and everything else give false and run as the text they are.
//
// text may stop anywhere inside the data.
func findDataInsert(text []byte) (dataInsert, bool) {
	l := &lexer{text: text}
	if !l.is(l.next(), "INSERT") {
		return dataInsert{}, false
	}
	if t := l.next(); !l.is(t, "INTO") {
		return dataInsert{}, false
	}
	skipTarget(l)
	return findFormat(l)
}

// skipTarget passes the table's name, so that a table called "format" is no
// keyword: [TABLE] [FUNCTION] name[.name].
func skipTarget(l *lexer) {
	for {
		t := l.next()
		if l.is(t, "TABLE") || l.is(t, "FUNCTION") {
			continue
		}
		mark := l.pos
		if !l.isByte(l.next(), '.') {
			l.pos = mark
			return
		}
	}
}

// findFormat scans the clauses after the table for FORMAT at depth zero.
func findFormat(l *lexer) (dataInsert, bool) {
	depth, settingsAt := 0, -1
	for {
		t := l.next()
		switch {
		case t.kind == tokenEnd, l.isByte(t, ';'):
			return dataInsert{}, false
		case l.isByte(t, '('):
			depth++
		case l.isByte(t, ')'):
			depth--
		case depth != 0:
		case l.is(t, "VALUES"), l.is(t, "SELECT"), l.is(t, "WITH"), l.is(t, "FROM"):
			return dataInsert{}, false
		case l.is(t, "SETTINGS"):
			settingsAt = t.start
		case l.is(t, "FORMAT"):
			return splitAtFormat(l, t, settingsAt)
		}
	}
}

func splitAtFormat(l *lexer, format token, settingsAt int) (dataInsert, bool) {
	name := l.next()
	if name.kind != tokenWord {
		return dataInsert{}, false
	}
	at := format.start
	if settingsAt >= 0 {
		at = settingsAt
	}
	return dataInsert{sourceAt: at, formatTo: name.end, dataAt: skipToData(l.text, name.end)}, true
}

// skipToData passes what stands between a format's name and its data: a
// semicolon, blanks, and one line end (ClickHouse's rule).
func skipToData(text []byte, at int) int {
	for at < len(text) && (text[at] == ';' || text[at] == ' ' || text[at] == '\t' || text[at] == '\f') {
		at++
	}
	if at < len(text) && text[at] == '\r' {
		at++
	}
	if at < len(text) && text[at] == '\n' {
		at++
	}
	return at
}

// fromFile is the statement that reads the same data from a file instead. path
// is one of ours and holds no quote.
func (d dataInsert) fromFile(text []byte, path string) []byte {
	out := append([]byte(nil), text[:d.sourceAt]...)
	out = append(out, " FROM INFILE '"+path+"' COMPRESSION 'none' "...)
	return append(out, text[d.sourceAt:d.formatTo]...)
}

// isEmptyStatement reports whether there is nothing but space, comments and
// semicolons before the first statement would begin.
func isEmptyStatement(text []byte) bool {
	l := &lexer{text: text}
	t := l.next()
	return t.kind == tokenEnd || l.isByte(t, ';')
}

// hasSecondStatement reports whether something other than space and comments
// follows a semicolon. ClickHouse's HTTP interface refuses such text; the
// embedded engine would run it.
func hasSecondStatement(text []byte) bool {
	l := &lexer{text: text}
	for ended := false; ; {
		t := l.next()
		switch {
		case t.kind == tokenEnd:
			return false
		case l.isByte(t, ';'):
			ended = true
		case ended:
			return true
		}
	}
}
