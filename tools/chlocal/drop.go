package chlocal

// withoutSync takes SYNC (or NO DELAY) off the end of a DROP or DETACH.
//
// The word asks ClickHouse to answer once the table's files are gone. libchdb
// never starts the task that removes them, so the statement would wait for
// ever. Without the word the table and its name are gone at once all the same;
// the files stay in the data folder, which is this server's limit either way.
func withoutSync(text []byte) []byte {
	l := &lexer{text: text}
	first := l.next()
	if !l.is(first, "DROP") && !l.is(first, "DETACH") {
		return text
	}
	var before, last token
	for t := l.next(); t.kind != tokenEnd && !l.isByte(t, ';'); t = l.next() {
		before, last = last, t
	}
	switch {
	case l.is(last, "SYNC"):
		return text[:last.start]
	case l.is(before, "NO") && l.is(last, "DELAY"):
		return text[:before.start]
	}
	return text
}
